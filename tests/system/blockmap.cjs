// node blockmap.cjs GENERATOR MODE FILE OUT: electron-builder's own block map of FILE; MODE gzip, or append to FILE.
const [generator, mode, file, out] = process.argv.slice(2)
require(generator)
    .buildBlockMap(file, mode === "append" ? "deflate" : "gzip", mode === "append" ? undefined : out)
    .then(info => console.log(JSON.stringify(info)))
