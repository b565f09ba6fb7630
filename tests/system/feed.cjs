// node feed.cjs MANIFEST [KEY=VALUE…]: a manifest as electron-updater reads it, beside the object and the text that
// electron-builder's writer (js-yaml's dump) makes of the same facts.
const fs = require("fs"), path = require("path"), crypto = require("crypto"), assert = require("assert")
const yaml = require("js-yaml")
const { parseUpdateInfo, resolveFiles } = require("electron-updater/out/providers/Provider.js")
const [file, wanted] = process.argv.slice(2)
const want = JSON.parse(wanted || "{}"), text = fs.readFileSync(file, "utf8"), dir = path.dirname(file)
const info = parseUpdateInfo(text, path.basename(file), "http://127.0.0.1/")

// each file by its own bytes, in the order given
const entries = (want.files || []).map(url => {
    const bytes = fs.readFileSync(path.join(dir, url))
    return { url, sha512: crypto.createHash("sha512").update(bytes).digest("base64"), size: bytes.length }
})
const theirs = { version: want.version, files: entries, path: entries[0].url, sha512: entries[0].sha512, ...want.releaseInfo,
    releaseDate: want.releaseDate }
assert.deepStrictEqual(info, theirs)
assert.deepStrictEqual(Object.keys(info), Object.keys(theirs))
assert.strictEqual(text, yaml.dump(theirs, { lineWidth: 8000, skipInvalid: false, noRefs: true }))
for (const f of resolveFiles(info, new URL("http://127.0.0.1/updates/"))) {
    assert.ok(f.info.size > 0)
    assert.strictEqual(decodeURIComponent(f.url.pathname), "/updates/" + f.info.url)
}
