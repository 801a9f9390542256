/** A tar archive of a few files in memory, as POSIX.1-1988 has it (ustar). */
export interface ArchiveFile {
    /** With `/`; less than a hundred bytes. */
    readonly name: string;
    readonly content: string;
}

const BLOCK = 512;
const FILE_MODE = 0o600;

export function tarOf(files: readonly ArchiveFile[], seconds: number): Buffer {
    const parts = files.flatMap(({ name, content }) => {
        const bytes = Buffer.from(content, "utf8");
        return [headerOf(name, bytes.length, seconds), bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
    });
    return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function headerOf(name: string, size: number, seconds: number): Buffer {
    if (Buffer.byteLength(name) >= 100) throw new Error(`the name ${name} is too long for an archive`);
    const header = Buffer.alloc(BLOCK);
    const octal = (value: number, at: number, width: number): void => {
        header.write(`${value.toString(8).padStart(width - 1, "0")}\0`, at, "latin1");
    };
    header.write(name, 0, "utf8");
    octal(FILE_MODE, 100, 8);
    octal(0, 108, 8);
    octal(0, 116, 8);
    octal(size, 124, 12);
    octal(seconds, 136, 12);
    // The sum counts itself as blanks.
    header.write("        ", 148, "latin1");
    // A regular file.
    header.write("0", 156, "latin1");
    header.write("ustar\u000000", 257, "latin1");
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    return header;
}
