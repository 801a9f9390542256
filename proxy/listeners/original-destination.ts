/**
 * Whom the kernel has turned a connection away from (SO_ORIGINAL_DST of netfilter). Node can't ask for it: the C library is
 * asked through koffi, where that is installed. This is the one file that calls native code, and it shows first that what it
 * calls does what it thinks; where that fails, nothing is turned round to this proxy.
 */
import net from "node:net";
import type { OriginalDestination } from "../http/doors";

/** Undefined: nobody knows. */
export type AskOriginal = (socket: net.Socket) => OriginalDestination | undefined;

type GetSockOpt = (fd: number, level: number, option: number, value: Buffer, length: Buffer) => number;

/** What of the package is used: it is a user's to install, so that nothing of it is compiled in. */
interface Koffi {
    load(library: null): { func(declaration: string): GetSockOpt };
}

/** Not resolved by whoever bundles this. */
const PACKAGE: string = "koffi";

interface Native {
    readonly getsockopt: GetSockOpt;
}

const SOL_IP = 0;
const SOL_IPV6 = 41;
/** The same number for both families. */
const SO_ORIGINAL_DST = 80;
const AF_INET = 2;
const AF_INET6 = 10;
/** `struct sockaddr_in6`; that of IPv4 is 16 bytes of it. */
const ADDRESS_BYTES = 28;

const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SOCK_STREAM = 1;

let native: Native | string | undefined;
let ask: AskOriginal = askKernel;

/** Says who asks instead. */
export function setAskOriginal(asker: AskOriginal | undefined): void {
    ask = asker ?? askKernel;
}

export function originalDestination(socket: net.Socket): OriginalDestination | undefined {
    return ask(socket);
}

/** Why nobody can be asked here; empty: the kernel can. */
export function originalDestinationFault(): string {
    const loaded = loadedNative();
    return typeof loaded === "string" ? loaded : "";
}

function loadedNative(): Native | string {
    native ??= load();
    return native;
}

function load(): Native | string {
    if (process.platform !== "linux") return `this is ${process.platform}, and connections are turned round by Linux alone`;
    let koffi: Koffi;
    try {
        koffi = require(PACKAGE) as Koffi; // oxlint-disable-line typescript/no-require-imports -- optional, and loaded where it is asked for
    } catch {
        return "the package koffi is not installed (npm install koffi)";
    }
    try {
        // What is loaded already: the C library is a part of Node.
        const getsockopt = koffi.load(null).func("int getsockopt(int, int, int, _Out_ uint8_t*, _Inout_ uint8_t*)");
        const made = { getsockopt };
        return shows(made) ? made : "getsockopt did not answer as it should";
    } catch (error) {
        return error instanceof Error ? error.message : String(error);
    }
}

/** A socket of ours is a stream, which we know without asking; what is no socket has no type. */
function shows({ getsockopt }: Native): boolean {
    const value = Buffer.alloc(ADDRESS_BYTES);
    const length = Buffer.alloc(4);
    const handle = openedHandle();
    if (handle === undefined) return false;
    try {
        length.writeUInt32LE(4);
        const type = getsockopt(handle.fd, SOL_SOCKET, SO_TYPE, value, length);
        if (type !== 0 || length.readUInt32LE() !== 4 || value.readUInt32LE() !== SOCK_STREAM) return false;
        length.writeUInt32LE(4);
        return getsockopt(-1, SOL_SOCKET, SO_TYPE, value, length) === -1;
    } finally {
        handle.close();
    }
}

interface Handle {
    readonly fd: number;
    close(): void;
}

function openedHandle(): Handle | undefined {
    const create = (net as unknown as { _createServerHandle(address: string, port: number, family: 4): Handle | number })
        ._createServerHandle;
    const handle = create("127.0.0.1", 0, 4);
    return typeof handle === "number" ? undefined : handle;
}

function askKernel(socket: net.Socket): OriginalDestination | undefined {
    const loaded = loadedNative();
    const fd = (socket as unknown as { _handle?: { fd?: number } | null })._handle?.fd;
    if (typeof loaded === "string" || fd === undefined || fd < 0) return undefined;
    const isIPv6 = socket.localFamily === "IPv6" && socket.localAddress?.startsWith("::ffff:") !== true;
    return askedOf(loaded, fd, isIPv6 ? SOL_IPV6 : SOL_IP);
}

function askedOf({ getsockopt }: Native, fd: number, level: number): OriginalDestination | undefined {
    const value = Buffer.alloc(ADDRESS_BYTES);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(ADDRESS_BYTES);
    return getsockopt(fd, level, SO_ORIGINAL_DST, value, length) === 0 ? readSocketAddress(value) : undefined;
}

/** `struct sockaddr_in` or `sockaddr_in6`: the family in the machine's order, the port in the network's. */
export function readSocketAddress(bytes: Buffer): OriginalDestination | undefined {
    const port = bytes.readUInt16BE(2);
    switch (bytes.readUInt16LE(0)) {
        case AF_INET:
            return { address: bytes.subarray(4, 8).join("."), port };
        case AF_INET6: {
            const words = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(8 + at * 2).toString(16));
            return { address: new net.SocketAddress({ address: words.join(":"), family: "ipv6" }).address, port };
        }
        default:
            return undefined;
    }
}
