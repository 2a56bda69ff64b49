# pygeoapi with a collection of three lakes: serve_pygeoapi.sh PYTHON PORT
sed -i "s|PORT|$2|" pygeoapi.yml
export PYGEOAPI_CONFIG="$PWD/pygeoapi.yml" PYGEOAPI_OPENAPI="$PWD/openapi.yml"
"$1" -c 'from pygeoapi import cli; cli()' openapi generate pygeoapi.yml --output-file openapi.yml
exec "$1" -m flask --app pygeoapi.flask_app run --port "$2"
