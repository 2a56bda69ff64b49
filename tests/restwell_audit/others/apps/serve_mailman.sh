# The REST runner of Mailman's core, without those that carry mail: serve_mailman.sh PYTHON PORT
cat > mailman.cfg <<EOF
[mailman]
layout: here
[paths.here]
var_dir: $PWD/var
[mta]
incoming: mailman.mta.null.NullMTA
[webservice]
hostname: 127.0.0.1
port: $2
workers: 1
EOF
exec "$1" -c 'from mailman.bin.runner import main; main()' --config "$PWD/mailman.cfg" --runner rest
