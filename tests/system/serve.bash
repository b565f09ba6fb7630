# A site as the world sees it: nginx on a free port of 127.0.0.1. Sets nothing global but functions and SERVE_*.

# serve_start DIR [DIRECTIVE…]: serves DIR until serve_stop; what was served before is stopped. Lines of nginx's `server`
# block may follow ("limit_rate 1m;"). Gives SERVE_URL (no slash at the end), SERVE_PORT, SERVE_LOG (one line a request:
# METHOD URI STATUS BYTES "RANGE") and SERVE_HOME. Cache-Control says what the site's ledgers say at the start.
serve_start() {
    local dir attempt
    dir=$(realpath "$1") || return 1
    shift
    serve_stop
    SERVE_HOME=$(mktemp -d "${BATS_TEST_TMPDIR:-${BATS_FILE_TMPDIR:-${TMPDIR:-/tmp}}}/serve.XXXXXX")
    SERVE_LOG=$SERVE_HOME/access.log
    mkdir "$SERVE_HOME/tmp"
    serve_lifetimes "$dir" >"$SERVE_HOME/lifetimes" || return 1
    for attempt in 1 2 3 4 5; do
        SERVE_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
        SERVE_URL=http://127.0.0.1:$SERVE_PORT
        serve_conf "$dir" "$*" >"$SERVE_HOME/nginx.conf"
        if "$(serve_nginx)" -c "$SERVE_HOME/nginx.conf" -p "$SERVE_HOME" -e "$SERVE_HOME/error.log" \
            </dev/null >"$SERVE_HOME/start" 2>&1 3>&-; then
            until [ -s "$SERVE_HOME/pid" ]; do sleep 0.02; done # written behind the first process's back
            export SERVE_HOME SERVE_LOG SERVE_PORT SERVE_URL
            return 0
        fi
    done
    echo "nginx did not start ($attempt times):" >&2
    cat "$SERVE_HOME/start" "$SERVE_HOME/error.log" >&2
    return 1
}

# serve_stop: ends the server and waits until its port is free. Nothing served is fine.
serve_stop() {
    local pid _
    [ -n "${SERVE_HOME-}" ] && [ -s "$SERVE_HOME/pid" ] || return 0
    pid=$(cat "$SERVE_HOME/pid")
    for _ in $(seq 6000); do # again and again: a signal that comes just after the start goes unseen
        kill "$pid" 2>/dev/null || true
        [ -e "$SERVE_HOME/pid" ] || return 0 # the last thing it does is to remove this
        sleep 0.02
    done
    kill -9 "$pid" 2>/dev/null || true
}

serve_nginx() {
    command -v nginx || PATH=/usr/sbin:/sbin command -v nginx
}

# How long a client may keep each file, as lines of an nginx map.
serve_lifetimes() {
    python3 - "$1" <<'PY'
import glob, json, os, sys
root = sys.argv[1]
seconds = {}
for ledger in sorted(glob.glob(root + "/releases/v*/release.json")) + [root + "/site.json"]:
    if not os.path.exists(ledger):
        continue
    below = os.path.relpath(os.path.dirname(ledger), root)
    try:
        with open(ledger, encoding="utf-8") as f:
            artifacts = json.load(f).get("artifacts", [])
    except ValueError:  # a test damages ledgers
        continue
    for a in artifacts:
        uri = "/" + os.path.normpath(os.path.join(below, a["name"]))
        if "cache_seconds" in a:
            seconds[uri] = a["cache_seconds"]
for uri, n in sorted(seconds.items()):
    if not set(uri) & set("\"$\\"):
        print(f'"{uri}" "max-age={n}";')
PY
}

serve_conf() {
    local user=
    [ "$(id -u)" != 0 ] || user="user root;"
    cat <<CONF
daemon on;
worker_processes 1;
pid $SERVE_HOME/pid;
error_log $SERVE_HOME/error.log warn;
$user
events { worker_connections 256; }
http {
    client_body_temp_path $SERVE_HOME/tmp;
    proxy_temp_path $SERVE_HOME/tmp;
    fastcgi_temp_path $SERVE_HOME/tmp;
    uwsgi_temp_path $SERVE_HOME/tmp;
    scgi_temp_path $SERVE_HOME/tmp;
    log_format requests '\$request_method \$request_uri \$status \$body_bytes_sent "\$http_range"';
    access_log $SERVE_HOME/access.log requests;
    types {
        text/html html;
        text/css css;
        text/javascript js;
        text/plain txt sh asc sha256 sha512 sources list repo;
        text/yaml yml;
        application/json json;
        application/xml xml;
        image/png png;
        image/svg+xml svg;
    }
    default_type application/octet-stream;
    charset utf-8;
    map_hash_max_size 262144;
    map_hash_bucket_size 1024;
    map \$uri \$lifetime {
        include $SERVE_HOME/lifetimes;
        "~^/releases/v" "max-age=31536000, immutable";
        default "max-age=300";
    }
    server {
        listen 127.0.0.1:$SERVE_PORT;
        root "$1";
        add_header Cache-Control \$lifetime;
        $2
        location ~ /\.slipway { return 404; }
    }
}
CONF
}
