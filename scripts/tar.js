// A tar archive whose bytes depend on nothing but the content of its files: no time, no user and no mode of this machine.
"use strict";

const BLOCK = 512;

const octal = (number, length) => `${number.toString(8).padStart(length - 1, "0")}\0`;

/** A header in the ustar format of POSIX.1-1988; its checksum is taken with spaces in the checksum's place. */
function header(name, size, { mode, type }) {
    const block = Buffer.alloc(BLOCK);
    if (Buffer.byteLength(name) > 100) throw new Error(`${name} is too long a name for an archive`);
    const fields = [[0, name], [100, octal(mode, 8)], [108, octal(0, 8)], [116, octal(0, 8)], [124, octal(size, 12)], [136, octal(0, 12)], [148, " ".repeat(8)], [156, type], [257, "ustar\x0000"]];
    for (const [offset, text] of fields) block.write(text, offset, "latin1");
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    return block;
}

/** `folder` with the files in it, readable by everyone and writable by root alone. */
function tarOf(folder, files) {
    const blocks = Object.entries(files).flatMap(([name, content]) =>
        [header(`${folder}/${name}`, content.length, { mode: 0o644, type: "0" }), content, Buffer.alloc((BLOCK - content.length % BLOCK) % BLOCK)]);
    return Buffer.concat([header(`${folder}/`, 0, { mode: 0o755, type: "5" }), ...blocks, Buffer.alloc(2 * BLOCK)]);
}

module.exports = { tarOf };
