/**
 * What makes bodies smaller: zlib's streams, which work in its threads, off the event loop. Their memory is bounded by how many there
 * are and by small windows; whoever finds none free sends the body as it is.
 */
import {
    constants,
    createBrotliCompress,
    createGzip,
    createZstdCompress,
    type BrotliCompress,
    type Gzip,
    type ZstdCompress,
} from "node:zlib";
import type { Coding } from "../../istio/semantics";

export type Compressor = BrotliCompress | Gzip | ZstdCompress;

/** At once in a process; each has up to about 1.6 MiB, that of gzip half as much. */
const MOST = 64;
/** Of what is written and read at once. */
const CHUNK = 16 * 1024;

/** Since the process began. */
export const compressed = { responses: 0, asTheyAre: 0, bytesIn: 0, bytesOut: 0 };

let open = 0;

/** Undefined: there are enough. Each is given back once. */
export function takeCompressor(coding: Coding): Compressor | undefined {
    if (open >= MOST) {
        compressed.asTheyAre++;
        return undefined;
    }
    open++;
    compressed.responses++;
    return made(coding);
}

export function giveBack(compressor: Compressor): void {
    open--;
    compressor.destroy();
}

/** Whoever reads a stream is not to wait for what is not there yet: what was written comes out at once. */
function made(coding: Coding): Compressor {
    switch (coding) {
        case "gzip":
            return createGzip({ chunkSize: CHUNK, level: 5, flush: constants.Z_SYNC_FLUSH });
        case "br":
            return createBrotliCompress({
                chunkSize: CHUNK,
                flush: constants.BROTLI_OPERATION_FLUSH,
                params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 18 },
            });
        case "zstd":
            return createZstdCompress({
                chunkSize: CHUNK,
                flush: constants.ZSTD_e_flush,
                params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: 18 },
            });
        default:
            return coding satisfies never;
    }
}
