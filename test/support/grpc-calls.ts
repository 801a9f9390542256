/** Clients and servers of grpc-js whose messages are plain bytes, for tests of what passes between them. */
import * as grpc from "@grpc/grpc-js";

const same = (message: Buffer): Buffer => message;
const SERVICE = "/test.Echo/";
const method = (name: string, requestStream: boolean, responseStream: boolean): grpc.MethodDefinition<Buffer, Buffer> => ({
    path: SERVICE + name,
    requestStream,
    responseStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
});

export const ECHO = {
    unary: method("Unary", false, false),
    collect: method("Collect", true, false),
    expand: method("Expand", false, true),
    talk: method("Talk", true, true),
} as const;

export interface Seen {
    readonly metadata: grpc.Metadata;
    /** Milliseconds since the epoch; Infinity: none. */
    readonly deadline: number;
    /** Resolves once the call is given up. */
    readonly cancelled: Promise<void>;
}

interface Call {
    readonly metadata: grpc.Metadata;
    getDeadline(): grpc.Deadline;
    on(event: "cancelled", listener: () => void): unknown;
}

export class EchoServer {
    readonly seen: Seen[] = [];
    port = 0;
    /** Statuses of the next unary calls; afterwards they are answered. */
    failures: grpc.status[] = [];
    readonly #credentials: grpc.ServerCredentials;
    #server = new grpc.Server();

    constructor(credentials = grpc.ServerCredentials.createInsecure()) {
        this.#credentials = credentials;
    }

    async start(port = 0): Promise<this> {
        const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
        this.#server = server;
        server.addService(ECHO, {
            unary: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
                this.#see(call);
                const code = this.failures.shift();
                if (code !== undefined) return done({ code, details: "told so: ü", metadata: trailing() });
                if (call.request.toString() === "wait") return;
                call.sendMetadata(leading());
                done(null, call.request, trailing());
            },
            collect: (call: grpc.ServerReadableStream<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
                this.#see(call);
                const parts: Buffer[] = [];
                call.on("data", (part: Buffer) => parts.push(part));
                call.on("end", () => done(null, Buffer.concat(parts)));
            },
            expand: (call: grpc.ServerWritableStream<Buffer, Buffer>) => {
                this.#see(call);
                for (const byte of call.request) call.write(Buffer.from([byte]));
                call.end(trailing());
            },
            talk: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
                this.#see(call);
                call.on("data", (part: Buffer) => call.write(part));
                call.on("end", () => call.end());
            },
        });
        this.port = await new Promise<number>((resolve, reject) =>
            server.bindAsync(`127.0.0.1:${port}`, this.#credentials, (error, bound) => {
                if (error) reject(error);
                else resolve(bound);
            }),
        );
        return this;
    }

    /** Says that it goes away, and what is under way ends by itself. */
    async leave(): Promise<void> {
        await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    }

    stop(): void {
        this.#server.forceShutdown();
    }

    #see(call: Call): void {
        const deadline = call.getDeadline();
        const cancelled = new Promise<void>((resolve) => void call.on("cancelled", () => resolve()));
        this.seen.push({ metadata: call.metadata, deadline: deadline instanceof Date ? deadline.getTime() : deadline, cancelled });
    }
}

function leading(): grpc.Metadata {
    const metadata = new grpc.Metadata();
    metadata.set("x-leading", "1");
    return metadata;
}

function trailing(): grpc.Metadata {
    const metadata = new grpc.Metadata();
    metadata.set("x-trailing", "1");
    metadata.set("x-bytes-bin", Buffer.from([0, 255, 1]));
    return metadata;
}

export interface Ended {
    readonly code: grpc.status;
    readonly details: string;
    readonly messages: readonly Buffer[];
    readonly leading: grpc.Metadata | undefined;
    readonly trailing: grpc.Metadata;
}

export class EchoClient {
    readonly #client: grpc.Client;

    constructor(address: string, credentials = grpc.credentials.createInsecure(), options: grpc.ClientOptions = {}) {
        this.#client = new grpc.Client(address, credentials, { "grpc.max_receive_message_length": -1, ...options });
    }

    close(): void {
        this.#client.close();
    }

    unary(message: Buffer | string, options: grpc.CallOptions & { readonly metadata?: grpc.Metadata } = {}): Promise<Ended> {
        return ended(this.startUnary(message, options));
    }

    startUnary(
        message: Buffer | string,
        { metadata = new grpc.Metadata(), ...options }: grpc.CallOptions & { readonly metadata?: grpc.Metadata } = {},
    ) {
        return this.#client.makeServerStreamRequest(ECHO.unary.path, same, same, Buffer.from(message as string), metadata, options);
    }

    collect(parts: readonly Buffer[]): Promise<Ended> {
        const call = this.#client.makeBidiStreamRequest(ECHO.collect.path, same, same, new grpc.Metadata(), {});
        for (const part of parts) call.write(part);
        call.end();
        return ended(call);
    }

    expand(message: Buffer): Promise<Ended> {
        return ended(this.#client.makeServerStreamRequest(ECHO.expand.path, same, same, message, new grpc.Metadata(), {}));
    }

    talk(): grpc.ClientDuplexStream<Buffer, Buffer> {
        return this.#client.makeBidiStreamRequest(ECHO.talk.path, same, same, new grpc.Metadata(), {});
    }
}

/** Whatever becomes of it. */
export async function ended(call: grpc.ClientReadableStream<Buffer> | grpc.ClientDuplexStream<Buffer, Buffer>): Promise<Ended> {
    const messages: Buffer[] = [];
    let metadata: grpc.Metadata | undefined;
    call.on("data", (message: Buffer) => messages.push(message));
    call.on("metadata", (given: grpc.Metadata) => {
        metadata = given;
    });
    call.on("error", () => undefined);
    return new Promise((resolve) =>
        call.on("status", ({ code, details, metadata: trailing }: grpc.StatusObject) =>
            resolve({ code, details, messages, leading: metadata, trailing }),
        ),
    );
}
