// The part of Electron's API that electron-updater touches on Linux, on plain Node: app, net.request with Electron's
// redirect rules, session.
const { EventEmitter } = require("events"), Module = require("module"), http = require("http")
const { Transform } = require("stream")

class ClientRequest extends EventEmitter {
    constructor(options, onResponse) {
        super()
        this.options = { method: "GET", redirect: "follow", ...options }
        this.onResponse = onResponse
        this.url = new URL(options.url ||
            `${options.protocol || "https:"}//${options.hostname}${options.port ? `:${options.port}` : ""}${options.path || "/"}`)
        this.headers = Object.fromEntries(Object.entries(options.headers || {}).map(([k, v]) => [k.toLowerCase(), v]))
        this.hops = 0
    }
    setHeader(name, value) { this.headers[name.toLowerCase()] = value }
    end() { this.send() }
    abort() {
        this.aborted = true
        this.req?.destroy()
    }
    followRedirect() { this.followed = true }
    redirect(res) {
        const next = new URL(res.headers.location, this.url)
        res.resume()
        if (this.options.redirect === "error" || ++this.hops > 20) return this.emit("error", new Error("net::ERR_FAILED"))
        this.followed = this.options.redirect === "follow"
        this.emit("redirect", res.statusCode, this.options.method, next.href, res.headers)
        if (this.aborted) return
        if (!this.followed) return this.emit("error", new Error("Redirect was cancelled"))
        this.url = next
        this.send()
    }
    send() {
        this.req = http.request(this.url, { method: this.options.method, headers: this.headers }, res => {
            if (res.statusCode >= 300 && res.statusCode < 400 && res.headers.location) return this.redirect(res)
            // counted as they are taken off the wire; a response that nobody reads stalls, as it does in Electron
            const seen = { url: this.url.href, status: res.statusCode, range: this.headers.range, bytes: 0,
                headers: { ...this.headers } }
            this.onResponse(seen)
            const message = new Transform({
                transform(chunk, _, done) {
                    seen.bytes += chunk.length
                    done(null, chunk)
                },
            })
            Object.assign(message, { statusCode: res.statusCode, statusMessage: res.statusMessage, headers: res.headers })
            res.on("aborted", () => message.emit("aborted")).on("error", e => message.destroy(e)).pipe(message)
            this.emit("response", message)
        })
        this.req.on("error", e => this.aborted || this.emit("error", e))
        this.req.end()
    }
}

// Makes require("electron") give this.
exports.install = ({ version, name, userData, onResponse }) => {
    const app = Object.assign(new EventEmitter(), {
        isPackaged: true, whenReady: async () => {}, getVersion: () => version, getName: () => name,
        getAppPath: () => userData, getPath: () => userData, quit() {}, relaunch() {},
    })
    const net = { request: o => new ClientRequest(typeof o === "string" ? { url: o } : o, onResponse) }
    const electron = { app, net, session: { fromPartition: () => ({}) }, autoUpdater: Object.assign(new EventEmitter(), { setFeedURL() {} }) }
    const load = Module._load
    Module._load = function (request, ...rest) {
        return request === "electron" ? electron : load.call(this, request, ...rest)
    }
}
