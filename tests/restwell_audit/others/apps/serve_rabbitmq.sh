# RabbitMQ with its management plugin, and a port mapper of its own that ends with it:
# serve_rabbitmq.sh PORT AMQP-PORT DISTRIBUTION-PORT MAPPER-PORT
export HOME="$PWD" ERL_EPMD_PORT="$4" ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_NODENAME="audited@localhost" RABBITMQ_DIST_PORT="$3" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
export RABBITMQ_MNESIA_BASE="$PWD/data" RABBITMQ_LOG_BASE="$PWD" RABBITMQ_LOGS=- RABBITMQ_PID_FILE="$PWD/pid"
export RABBITMQ_CONFIG_FILE="$PWD/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$PWD/plugins" RABBITMQ_CONF_ENV_FILE=/dev/null
cat > rabbitmq.conf <<EOF
listeners.tcp.1 = 127.0.0.1:$2
management.tcp.ip = 127.0.0.1
management.tcp.port = $1
EOF
echo '[rabbitmq_management].' > plugins
epmd -port "$4" -address 127.0.0.1 &
exec /usr/lib/rabbitmq/bin/rabbitmq-server
