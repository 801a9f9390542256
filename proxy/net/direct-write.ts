/**
 * Writing to a plain socket without what Node's streams do around each write: one call into the runtime, which gives the bytes
 * to the kernel at once. What Node makes of a write there is learned on a probe; on a Node that does it otherwise, and
 * for sockets that are encrypted, full or closing, the stream serves.
 *
 * Hot path: no allocation while the kernel takes what it is given.
 */
import net, { type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { getSystemErrorName } from "node:util";

export interface WriteRequest {
    handle: Handle | undefined;
    oncomplete: (this: WriteRequest, status: number) => void;
    socket: Socket | undefined;
    /** What the runtime still reads, the memory that it is in, and who waits for that. */
    chunk: Buffer | undefined;
    memory: Buffer | undefined;
    taken: OnTaken | undefined;
    /** Who counts the text that the kernel has not taken yet, and how much that is at most. */
    late: LateText | undefined;
    size: number;
    /** Below 0 while the runtime does not have it. */
    getAsyncId(): number;
}

export type OnTaken = (memory: Buffer) => void;

/** Whoever writes text and wants to know what of it has not left yet. */
export interface LateText {
    onLate(bytes: number): void;
    /** The kernel has taken them after all. Never told where the connection breaks before. */
    onTaken(bytes: number): void;
}

export interface Handle {
    writeLatin1String(request: WriteRequest, text: string): number;
    writeBuffer(request: WriteRequest, chunk: Buffer): number;
    /** Bytes that the kernel has not taken yet. */
    readonly writeQueueSize: number;
}

type Opened = Socket & { _handle?: Partial<Handle> | null };

const Request = findRequest();
/** Node holds on to it only where the kernel has not taken all. */
let spare = Request === undefined ? undefined : new Request();

/** Whether this Node is one that can be asked for it. */
export const canWriteDirectly = Request !== undefined;

/** Where `canWriteDirectly` is true. */
export function newWriteRequest(): WriteRequest {
    return new Request!();
}

/** Whether the socket, which is connected, can be written to directly. */
export function isDirect(socket: Socket): boolean {
    const handle = (socket as Opened)._handle;
    return (
        Request !== undefined &&
        !(socket instanceof TLSSocket) &&
        typeof handle?.writeLatin1String === "function" &&
        typeof handle.writeBuffer === "function" &&
        typeof handle.writeQueueSize === "number"
    );
}

/** Latin1, on a socket that is direct. What the kernel doesn't take is in none of the stream's counts: `late` is told, and see `undelivered`. */
export function writeText(socket: Socket, text: string, late?: LateText): void {
    const handle = (socket as Opened)._handle as Handle | null;
    // What the stream has comes first; and where it has ended, it says so.
    if (handle === null || socket.writableLength > 0 || socket.writableEnded) {
        socket.write(text, "latin1");
        return;
    }
    const request = spare!;
    request.handle = handle;
    const status = handle.writeLatin1String(request, text);
    if (status !== 0) failWrite(socket, status);
    else if (isKept(request, socket)) {
        if (late === undefined) return;
        request.late = late;
        request.size = text.length;
        late.onLate(text.length);
        return;
    }
    request.handle = undefined;
}

/**
 * Bytes, on a socket that is direct. True: the kernel has them all, and the memory that they are in is free. False: `taken` is
 * called with it once that is so, and never where the connection breaks before.
 */
export function writeBytes(socket: Socket, chunk: Buffer, memory: Buffer, taken: OnTaken): boolean {
    const handle = (socket as Opened)._handle as Handle | null;
    if (handle === null || socket.writableLength > 0 || socket.writableEnded) {
        socket.write(chunk, (error) => {
            if (!error) taken(memory);
        });
        return false;
    }
    const request = spare!;
    request.handle = handle;
    const status = handle.writeBuffer(request, chunk);
    if (status !== 0) failWrite(socket, status);
    else if (isKept(request, socket)) {
        request.chunk = chunk;
        request.memory = memory;
        request.taken = taken;
        return false;
    }
    request.handle = undefined;
    return status === 0;
}

/**
 * Whether the runtime has the request until it says that all is written. Not told by what is queued: of what the kernel did not
 * take at first it may have taken the rest at once. A request that is given to the runtime a second time ends the process.
 */
function isKept(request: WriteRequest, socket: Socket): boolean {
    if (request.getAsyncId() <= 0) return false;
    request.socket = socket;
    request.oncomplete = onComplete;
    spare = new Request!();
    return true;
}

/** Bytes that the kernel has not taken yet, the stream's among them. */
export function undelivered(socket: Socket): number {
    return (socket as Opened)._handle?.writeQueueSize ?? 0;
}

function onComplete(this: WriteRequest, status: number): void {
    if (status < 0) {
        if (this.socket?.destroyed === false) failWrite(this.socket, status);
    } else if (this.taken !== undefined) this.taken(this.memory!);
    else this.late?.onTaken(this.size);
}

export function failWrite(socket: Socket, status: number): void {
    const code = getSystemErrorName(status);
    socket.destroy(Object.assign(new Error(`write ${code}`), { code, syscall: "write" }));
}

/** What Node gives a handle to write text with. */
function findRequest(): (new () => WriteRequest) | undefined {
    let found: (new () => WriteRequest) | undefined;
    const handle = {
        readStart: () => 0,
        readStop: () => 0,
        getAsyncId: () => 0,
        close: () => undefined,
        writeLatin1String: (request: WriteRequest) => {
            found = request.constructor as new () => WriteRequest;
            return 0;
        },
    };
    try {
        const probe = new net.Socket({ handle } as unknown as net.SocketConstructorOpts);
        probe.on("error", () => undefined);
        probe.write("probe", "latin1");
        probe.destroy();
    } catch {
        return undefined;
    }
    if (found?.name !== "WriteWrap") return undefined;
    const unused = new found();
    return typeof unused.getAsyncId === "function" && unused.getAsyncId() < 0 ? found : undefined;
}
