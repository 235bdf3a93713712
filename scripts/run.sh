#!/bin/sh
# Runs a policy server in a folder, made first if need be. Usage: run.sh BIN FOLDER NAME IS_CHOSEN
# IS_CHOSEN is empty if nobody chose the name: then a server that is there keeps its own.
set -eu

bin=$1
folder=$2
name=$3
is_chosen=$4
config=$folder/countersign.yaml

if [ ! -e "$config" ]; then
    "$bin/countersign" init --server-name "$name" --dir "$folder"
elif [ -n "$is_chosen" ]; then
    # Settings that cannot be read are told of by the server.
    present=$("$bin/python" -c 'import pathlib, sys
from countersign.config import read_config
print(read_config(pathlib.Path(sys.argv[1])).server_name)' "$config" 2>/dev/null) || present=$name
    if [ "$present" != "$name" ]; then
        cat >&2 <<END
countersign: $folder belongs to the server $present, and a server's name cannot be changed: its keys and
its rooms go with it. To go on with that one:
  make run DATA=$folder
For a server named $name, choose another folder:
  make run SERVER_NAME=$name DATA=$folder-$name
END
        exit 2
    fi
fi
exec "$bin/countersign" serve --config "$config"
