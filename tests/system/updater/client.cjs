// node client.cjs --url FEED --from VERSION [OPTION…]: the real electron-updater, as an installed program of that version
// has it, asked for an update. Prints one JSON object: what was found, what came over the wire, what lies on the disk.
//   --appimage FILE   the program is this AppImage; without it what --type says
//   --zip FILE        a Mac, and what it keeps of its last update: update.zip
//   --type deb|rpm    resources/package-type
//   --setup FILE      the program was installed on Windows by this setup program, which it finds in its cache; what
//                     --install starts is told, not started
//   --single          useMultipleRangeRequest: false in app-update.yml
//   --channel NAME    channel in app-update.yml
//   --arch ARCH       process.arch
//   --staging-id UUID --os-release VERSION   of the machine
//   --install         and then installs what was downloaded
const fs = require("fs"), os = require("os"), path = require("path"), crypto = require("crypto")
const { values: o } = require("util").parseArgs({ options: {
    url: { type: "string" }, from: { type: "string" }, appimage: { type: "string" }, type: { type: "string" }, zip: { type: "string" },
    setup: { type: "string" }, single: { type: "boolean" }, channel: { type: "string" }, arch: { type: "string", default: "x64" },
    "staging-id": { type: "string" }, "os-release": { type: "string" }, install: { type: "boolean" } } })

const tmp = fs.mkdtempSync(path.join(process.env.BATS_TEST_TMPDIR || os.tmpdir(), "client-"))
const resources = path.join(tmp, "resources"), cache = path.join(tmp, "cache")
setTimeout(() => { console.error("timed out"); process.exit(3) }, 120000).unref()

fs.mkdirSync(resources)
fs.mkdirSync(cache)
fs.writeFileSync(path.join(resources, "app-update.yml"), require("js-yaml").dump({
    provider: "generic", url: o.url, updaterCacheDirName: "app-updater",
    ...(o.channel ? { channel: o.channel } : {}), ...(o.single ? { useMultipleRangeRequest: false } : {}) }))
if (o.type) fs.writeFileSync(path.join(resources, "package-type"), o.type)
if (o["staging-id"]) fs.writeFileSync(path.join(tmp, ".updaterId"), o["staging-id"])
if (o["os-release"]) os.release = () => o["os-release"]
delete process.env.APPIMAGE
if (o.appimage) process.env.APPIMAGE = path.resolve(o.appimage)
process.env.XDG_CACHE_HOME = process.env.LOCALAPPDATA = cache
const started = []
if (o.setup) {
    fs.mkdirSync(path.join(cache, "app-updater"))
    fs.copyFileSync(o.setup, path.join(cache, "app-updater", "installer.exe"))
    Object.defineProperty(process, "platform", { value: "win32" })
    require("child_process").spawn = (program, args) => {
        started.push([program, ...args])
        return Object.assign(new (require("events"))(), { pid: 1, unref() {} })
    }
}
if (o.zip) {
    const kept = path.join(tmp, "Library", "Caches", "app-updater")
    os.homedir = () => tmp
    fs.mkdirSync(kept, { recursive: true })
    fs.copyFileSync(o.zip, path.join(kept, "update.zip"))
    Object.defineProperty(process, "platform", { value: "darwin" })
}
process.resourcesPath = resources
Object.defineProperty(process, "arch", { value: o.arch })

const requests = []
require("./electron.cjs").install({ version: o.from, name: "app", userData: tmp, onResponse: r => requests.push(r) })
const { autoUpdater: updater } = require("electron-updater")
const lines = [], log = level => text => lines.push(`${level} ${String(text).split("\n")[0]}`)
updater.logger = { info: log("info"), warn: log("warn"), error: log("error") }
Object.assign(updater, { autoDownload: false, autoInstallOnAppQuit: false })
updater.on("error", () => {})

const kind = r => /\.yml\?/.test(r.url) ? "manifest" : /\.blockmap$/.test(r.url) ? "map" : r.range && r.status === 206 ? "range" : "whole"
const sha512 = f => crypto.createHash("sha512").update(fs.readFileSync(f)).digest("base64")

async function run(report) {
    const found = await updater.checkForUpdates()
    Object.assign(report, { available: !!found?.isUpdateAvailable, version: found?.updateInfo.version,
        releaseName: found?.updateInfo.releaseName, releaseNotes: found?.updateInfo.releaseNotes })
    if (!report.available) return
    const [file] = await updater.downloadUpdate()
    Object.assign(report, { file, name: path.basename(file), size: fs.statSync(file).size, sha512: sha512(file) })
    if (o.install) report.installed = updater.install(true, !!o.setup)
    report.started = started
}

;(async () => {
    const report = { updater: updater.constructor.name }
    await run(report).catch(e => { report.error = e.code || String(e.message).split("\n")[0] })
    report.bytes = { manifest: 0, map: 0, range: 0, whole: 0 }
    for (const r of requests) report.bytes[kind(r)] += r.bytes
    report.requests = requests.length
    report.ranges = requests.filter(r => kind(r) === "range").reduce((n, r) => n + r.range.split(",").length, 0)
    report.staging = requests[0]?.headers["x-user-staging-id"]
    report.log = lines
    // a download that was refused lies nowhere
    report.pending = fs.readdirSync(cache, { recursive: true }).filter(f => /\.(AppImage|deb|rpm|exe)$/.test(f))
    console.log(JSON.stringify(report))
    updater.closeServerIfExists?.()
})()
