#!/usr/bin/env bats
# The download page in a real browser: phone and desktop, light and dark, with and without JavaScript.

load small
load npm

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    small_make w
    sed -i -e 's/formats: .*/formats: [deb, rpm, tar.gz, tar.xz]/' -e 's/arch: any/arch: x86_64/' \
        -e 's#{ to: dir, path: site }#{ to: dir, path: site, url: "https://downloads.example.com/small" }#' w/slipway.yaml
    printf '  - { to: apt }\n  - { to: yum }\n' >>w/slipway.yaml
    cat >>w/slipway.yaml <<'YAML'
title: 'Small & "fine" <script>alert(1)</script>'
description: |
  What it does, in a paragraph <b>of text</b>.

  - one thing
  - another & more
YAML
    small_release w 1.0.0
    small_release w 1.1.0
    # the same page without its policy, for scripts that look at it
    sed 's/<meta http-equiv="Content-Security-Policy[^>]*>//' w/site/index.html >w/site/probe.html
}

setup() { cd "$BATS_FILE_TMPDIR" || return; }

browse() { # browse WIDTH [SWITCH…] FILE
    local width=$1 file=${*: -1}
    set -- "${@:2:$#-2}"
    timeout 300 chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
        --user-data-dir="$BATS_TEST_TMPDIR/profile" --virtual-time-budget=5000 "--window-size=$width,900" \
        --user-agent='Mozilla/5.0 (X11; Linux x86_64) Test' "$@" "file://$PWD/$file" 2>/dev/null
}

first_pixel() { # of a PNG: its red, green and blue, whatever the row's filter is
    python3 - "$1" <<'PY'
import struct, sys, zlib
b = open(sys.argv[1], "rb").read()
at, data = 8, b""
while at < len(b):
    n, kind = struct.unpack(">I4s", b[at:at + 8])
    if kind == b"IDAT": data += b[at + 8:at + 8 + n]
    at += 12 + n
print(*zlib.decompress(data)[1:4])
PY
}

@test "it is valid HTML, and what people wrote is text" {
    run tidy -e -q w/site/index.html
    [ "$status" = 0 ] || { echo "$output"; false; }
    if grep -q '<script>alert' w/site/index.html; then return 1; fi
    grep -q 'Small &amp; &quot;fine&quot; &lt;script&gt;' w/site/index.html
    grep -q '<li>another &amp; more</li>' w/site/index.html
}

@test "every link leads to a file that is there" {
    grep -o 'href="[^"#][^"]*"' w/site/index.html | sed 's/^href="//; s/"$//' | grep -v -e '^https\?:' -e '^data:' | sort -u >links
    [ "$(wc -l <links)" -gt 10 ]
    while read -r l; do [ -f "w/site/$l" ] || { echo "no $l"; return 1; }; done <links
    for f in w/dist/small[_-]1.1.0*.deb w/dist/small-1.1.0*.rpm w/dist/small-1.1.0*.tar.gz; do
        grep -q "$(sha256sum "$f" | cut -d' ' -f1)" w/site/index.html
    done
}

@test "nothing is loaded from elsewhere, and only our own script and style may run" {
    if grep -E '<(script|link|img|iframe)[^>]+(src|href)="(https?:)?//' w/site/index.html; then return 1; fi
    python3 - w/site/index.html <<'PY'
import base64, hashlib, re, sys
html = open(sys.argv[1]).read()
policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html).group(1)
for tag in "script", "style":
    text = re.search(f"<{tag}>(.*?)</{tag}>", html, re.S).group(1)
    h = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert f"{tag}-src 'sha256-{h}'" in policy, tag
PY
}

@test "no width makes it scroll sideways" {
    for width in 320 360 768 1280; do # in a frame: windows are 500 wide at least
        python3 - w/site/probe.html "$width" w/site/frame.html <<'PY'
import html, sys
page = html.escape(open(sys.argv[1]).read(), quote=True)
open(sys.argv[3], "w").write(f"""<!DOCTYPE html><iframe style="width:{sys.argv[2]}px;height:800px;border:0" srcdoc="{page}"></iframe>
<script>onload = function () {{ document.documentElement.setAttribute("data-width",
  document.querySelector("iframe").contentDocument.documentElement.scrollWidth) }}</script>""")
PY
        browse 1400 --dump-dom w/site/frame.html >dom
        got=$(grep -o 'data-width="[0-9]*"' dom | tr -dc 0-9)
        [ -n "$got" ]
        [ "$got" -le "$width" ] || { echo "$width: $got wide"; return 1; }
    done
}

@test "with JavaScript it marks the visitor's system and offers copies" {
    browse 1280 --dump-dom w/site/index.html >dom
    grep -q 'Your system' dom
    grep -q 'class="copy"' dom
}

@test "without JavaScript everything is there" {
    # the browser's own dumps need scripts, so it is the page's policy that lets none run; what is seen, as text
    sed "s/script-src 'sha256-[^']*'/script-src 'none'/" w/site/index.html >w/site/plain.html
    if cmp -s w/site/index.html w/site/plain.html; then return 1; fi
    browse 1280 --print-to-pdf=plain.pdf w/site/plain.html
    browse 1280 --print-to-pdf=scripts.pdf w/site/index.html
    pdftotext -layout plain.pdf plain.txt
    pdftotext -layout scripts.pdf scripts.txt
    grep -q 'Your system' scripts.txt
    if grep -q 'Your system' plain.txt; then return 1; fi
    for text in 'Download 1.1.0' 'apt-get install small' 'gpg --verify' small_1.1.0_amd64.deb 'sha256sum --check' 1.0.0; do
        grep -qF -- "$text" plain.txt || { echo "no $text"; return 1; }
    done
    for text in 'dnf install small' 'install/install.sh | sh' small_1.0.0_amd64.deb; do # folded away
        grep -qF -- "$text" w/site/index.html || { echo "no $text"; return 1; }
    done
}

@test "light and dark" {
    browse 1280 --screenshot=light.png w/site/index.html
    browse 1280 --blink-settings=preferredColorScheme=0 --screenshot=dark.png w/site/index.html
    read -r r g b < <(first_pixel light.png)
    [ $((r + g + b)) -gt 600 ]
    read -r r g b < <(first_pixel dark.png)
    [ $((r + g + b)) -lt 200 ]
}

@test "axe finds nothing that keeps people out" {
    axe=$(npm_part axe axe-core@4.10.3 axe.min.js)/axe.min.js
    for theme in 0 1; do
        python3 - w/site/probe.html "$axe" w/site/axe.html <<'PY'
import sys
html, axe = open(sys.argv[1]).read(), open(sys.argv[2]).read()
run = """axe.run(document).then(function (r) {
  document.documentElement.setAttribute('data-axe', r.violations.map(function (v) {
    return v.impact + ':' + v.id + ':' + v.nodes.map(function (n) { return n.target.join(' '); }).join(','); }).join(';') || 'none');
})"""
open(sys.argv[3], "w").write(html.replace("</body>", "<script>" + axe + "</script><script>" + run + "</script></body>"))
PY
        browse 1280 --blink-settings=preferredColorScheme=$theme --dump-dom w/site/axe.html >dom
        found=$(grep -o 'data-axe="[^"]*"' dom)
        [ "$found" = 'data-axe="none"' ] || { echo "theme $theme: $found"; return 1; }
    done
}
