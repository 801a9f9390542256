/** How many messages a gRPC call has had so far: a byte of flags and four of length stand before each (gRPC over HTTP/2). Hot path. */

const PREFIX = 5;

export class MessageCount {
    total = 0;
    /** Of these, those that were reported. */
    #reported = 0;
    /** Of the prefix that has begun. */
    #prefix = 0;
    #length = 0;
    /** Of the message that has begun. */
    #left = 0;

    read(chunk: Uint8Array): void {
        let at = 0;
        while (at < chunk.length) {
            if (this.#left > 0) {
                const taken = Math.min(this.#left, chunk.length - at);
                this.#left -= taken;
                at += taken;
                continue;
            }
            if (this.#prefix > 0) this.#length = this.#length * 256 + chunk[at]!;
            at++;
            if (++this.#prefix < PREFIX) continue;
            this.total++;
            this.#left = this.#length;
            this.#prefix = 0;
            this.#length = 0;
        }
    }

    report(counter: { add(by: number): void }): void {
        if (this.total > this.#reported) counter.add(this.total - this.#reported);
        this.#reported = this.total;
    }
}

export class GrpcMessages {
    readonly requests = new MessageCount();
    readonly responses = new MessageCount();
}

/** `application/grpc`, `application/grpc+proto`; gRPC-Web too where `web` (Envoy, Grpc::Common::hasGrpcContentType). */
export function isGrpcType(contentType: string, web = false): boolean {
    if (!contentType.startsWith("application/grpc")) return false;
    const next = contentType.charCodeAt("application/grpc".length);
    return Number.isNaN(next) || next === 0x2b || next === 0x3b || (web && contentType.startsWith("-web", "application/grpc".length));
}
