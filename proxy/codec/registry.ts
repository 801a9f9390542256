/**
 * Which codec speaks what. One registry for both sides: downstream a codec is chosen by the protocol that the TLS
 * handshake agreed on, or by how the client begins; upstream by what the cluster's ports speak, and of those, once the
 * connection is made, by what the handshake agreed on.
 */
import { PROTOCOLS, type PortProtocol, type ProtocolName } from "../http/protocols";
import type { Codec } from "./codec";
import { http1 } from "./http1/codec";
import { http2 } from "./http2/codec";

/** Whom a cluster's endpoints may be spoken to with. */
export interface CodecChoice {
    /** What a TLS handshake offers them. */
    readonly alpn: readonly string[];
    /** The one that is taken for granted until a connection is made, and on it where nothing was agreed on. */
    readonly likely: Codec;
    /** By the id that the handshake agreed on; empty: none. Undefined: not one of those that were offered. */
    negotiated(id: string): Codec | undefined;
}

/** Of a beginning, no more is looked at. */
const LONGEST_PREFACE = 64;

export class Codecs {
    readonly all: readonly Codec[];
    /** Of clients that say nothing of what they speak. */
    readonly plain: Codec;
    /** Whether some clients tell by their first bytes. */
    readonly havePrefaces: boolean;
    readonly #byId = new Map<string, Codec>();
    readonly #choices = new Map<PortProtocol, CodecChoice | undefined>();

    /** In order of preference; one of them has no preface. */
    constructor(all: readonly Codec[]) {
        const plain = all.find(({ protocol }) => protocol.preface === "");
        if (plain === undefined) throw new Error("No codec serves clients that do not say what they speak.");
        this.all = all;
        this.plain = plain;
        this.havePrefaces = all.some(({ protocol }) => protocol.preface !== "");
        for (const codec of all) for (const id of codec.protocol.alpn) this.#byId.set(id, codec);
    }

    /** What TLS servers may offer. */
    get alpn(): readonly string[] {
        return [...this.#byId.keys()];
    }

    /** Downstream, by the id that the handshake agreed on. */
    byAlpn(id: string): Codec | undefined {
        return this.#byId.get(id);
    }

    /** Downstream, by the first bytes. Undefined: as long as this is all, it could be several. */
    byBeginning(bytes: Buffer, length = bytes.length): Codec | undefined {
        const text = bytes.toString("latin1", 0, Math.min(length, LONGEST_PREFACE));
        let open = false;
        for (const codec of this.all) {
            const { preface } = codec.protocol;
            if (preface === "") continue;
            if (text.startsWith(preface)) return codec;
            open ||= preface.startsWith(text);
        }
        return open ? undefined : this.plain;
    }

    /** Upstream. Undefined: nothing here speaks to such ports, and requests to them are refused. */
    forPort(port: PortProtocol): CodecChoice | undefined {
        if (!this.#choices.has(port)) this.#choices.set(port, choiceOf(this.all.filter(({ protocol }) => protocol.ports.includes(port))));
        return this.#choices.get(port);
    }
}

function choiceOf(codecs: readonly Codec[]): CodecChoice | undefined {
    const [likely] = codecs;
    if (likely === undefined) return undefined;
    return {
        alpn: codecs.flatMap(({ protocol }) => protocol.alpn),
        likely,
        negotiated: (id) => (id === "" ? likely : codecs.find(({ protocol }) => protocol.alpn.includes(id))),
    };
}

/** A codec for each row of the table of protocols. */
const BY_NAME: { readonly [N in ProtocolName]: Codec } = { http2, http1 };

export const CODECS = new Codecs((Object.keys(PROTOCOLS) as ProtocolName[]).map((name) => BY_NAME[name]));
