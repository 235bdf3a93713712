#!/bin/sh
# Runs the server on the settings in /data, made first if need be. With arguments: the command line.
#   start.sh                      serve
#   start.sh doctor               countersign doctor
set -eu

config=${COUNTERSIGN_CONFIG:-/data/countersign.yaml}

if [ "$#" -gt 0 ]; then
    exec countersign "$@"
fi
if [ ! -e "$config" ]; then
    if [ -z "${COUNTERSIGN_SERVER_NAME:-}" ]; then
        echo "countersign: $config is not there. To have settings and keys made, give the server's Matrix name," \
            "such as COUNTERSIGN_SERVER_NAME=policy.example.org" >&2
        exit 2
    fi
    # In a container, the proxy comes from another address than loopback.
    countersign init --server-name "$COUNTERSIGN_SERVER_NAME" --dir "$(dirname "$config")" --address 0.0.0.0
fi
# A SIGHUP that comes while Python itself starts would end the process unless it is process 1. What it asks for is read
# anyway.
trap '' HUP
exec countersign serve --config "$config"
