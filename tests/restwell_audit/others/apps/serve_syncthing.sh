# Syncthing, which neither listens for others nor looks for them: serve_syncthing.sh PORT
syncthing generate --home home --no-default-folder > /dev/null
sed -i -e 's|<listenAddress>.*</listenAddress>|<listenAddress>tcp://127.0.0.1:0</listenAddress>|' \
  -e 's|<\(globalAnnounceEnabled\|localAnnounceEnabled\|relaysEnabled\|natEnabled\|crashReportingEnabled\)>true|<\1>false|' \
  -e 's|<urAccepted>0|<urAccepted>-1|' home/config.xml
exec syncthing serve --home home --no-browser --no-restart --no-upgrade --no-default-folder \
  --gui-address "http://127.0.0.1:$1" --gui-apikey not-a-secret
