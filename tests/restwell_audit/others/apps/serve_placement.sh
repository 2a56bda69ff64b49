# OpenStack's placement, with SQLite and without Keystone: serve_placement.sh PYTHON PORT
export OS_PLACEMENT_CONFIG_DIR="$PWD"
cat > placement.conf <<EOF
[api]
auth_strategy = noauth2
[placement_database]
connection = sqlite:///$PWD/placement.db
sync_on_startup = true
EOF
exec "$1" -m gunicorn --bind "127.0.0.1:$2" --log-level warning placement.wsgi.api:application
