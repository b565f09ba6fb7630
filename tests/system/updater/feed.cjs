// node feed.cjs GENERATOR DIR: every update manifest of a folder, and the files that it names, by electron-builder's own
// rules and its own block map generator. Prints what it found wrong; ends with 1 then.
const fs = require("fs"), os = require("os"), path = require("path"), zlib = require("zlib"), crypto = require("crypto")
const yaml = require("js-yaml"), semver = require("semver")
const [generator, dir] = process.argv.slice(2), { buildBlockMap } = require(path.resolve(generator))
const TOP = ["version", "files", "path", "sha512", "releaseName", "releaseNotes", "releaseDate", "stagingPercentage",
    "minimumSystemVersion"]
const FILE = ["url", "sha512", "size", "blockMapSize"]
let bad = 0, good = 0

function fail(text) {
    console.log(text)
    bad++
}

async function theirs(bytes, tmp) {
    const f = path.join(tmp, "f")
    fs.writeFileSync(f, bytes)
    await buildBlockMap(f, "gzip", f + ".blockmap")
    return zlib.gunzipSync(fs.readFileSync(f + ".blockmap")).toString()
}

async function checkFile(where, e, tmp) {
    const f = path.join(dir, e.url)
    for (const k of Object.keys(e)) if (!FILE.includes(k)) fail(`${where}: unknown key ${k}`)
    if (!fs.existsSync(f)) return fail(`${where}: is missing`)
    const b = fs.readFileSync(f)
    if (crypto.createHash("sha512").update(b).digest("base64") !== e.sha512) fail(`${where}: sha512 differs`)
    if (e.size !== b.length) fail(`${where}: size ${e.size}, the file has ${b.length}`)
    if (e.url.endsWith(".AppImage") && !e.blockMapSize) fail(`${where}: no blockMapSize: never updated by parts`)
    if (e.blockMapSize !== undefined) {
        const n = b.readUInt32BE(b.length - 4), end = b.length - 4 - n
        if (n !== e.blockMapSize) return fail(`${where}: blockMapSize ${e.blockMapSize}, the file says ${n}`)
        const ours = zlib.inflateRawSync(b.subarray(end, b.length - 4)).toString()
        if (ours !== await theirs(b.subarray(0, end), tmp)) fail(`${where}: electron-builder's block map is another`)
    }
    good++
}

async function main(tmp) {
    for (const m of fs.readdirSync(dir).filter(f => f.endsWith(".yml"))) {
        const y = yaml.load(fs.readFileSync(path.join(dir, m), "utf8"))
        for (const k of Object.keys(y)) if (!TOP.includes(k)) fail(`${m}: unknown key ${k}`)
        if (!semver.valid(y.version)) fail(`${m}: version is none`)
        if (typeof y.releaseDate !== "string" || isNaN(Date.parse(y.releaseDate))) fail(`${m}: releaseDate is none`)
        if (y.path !== y.files[0].url || y.sha512 !== y.files[0].sha512) fail(`${m}: path and sha512 are not the first file's`)
        for (const e of y.files) await checkFile(`${m} ${e.url}`, e, tmp)
    }
    console.log(`${good} files are right`)
    process.exitCode = bad || !good ? 1 : 0
}

const tmp = fs.mkdtempSync(path.join(process.env.BATS_TEST_TMPDIR || os.tmpdir(), "feed-"))
main(tmp).finally(() => fs.rmSync(tmp, { recursive: true }))
