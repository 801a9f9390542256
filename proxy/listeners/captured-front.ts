/**
 * Connections that were meant for somebody else. The address that each was meant for says which virtual listeners it may be
 * for; where those are several, its first bytes say which. What is for none of them goes the way of what nobody knows.
 */
import type net from "node:net";
import type { OriginalDestination } from "../http/doors";
import { addressText, plainAddress } from "../net/address";
import { accessNamed, capturedIn } from "../snapshot";
import type { ListenerEntry } from "../tables";
import type { AcceptorServices } from "./acceptor-services";
import { peekBeginning, type Beginning } from "./beginning";
import { capturedChoice, type Captured, type CapturedChoice } from "./captured-choice";
import { originalDestination } from "./original-destination";
import { BLACK_HOLE, NO_DESTINATION, type Chosen, type Serving } from "./serving";

/** A client that says nothing for so long waits for its server's first word. */
const SILENCE_MS = 300;

const NOTHING = Buffer.alloc(0);

interface Meant {
    readonly raw: net.Socket;
    readonly start: number;
    readonly original: OriginalDestination;
}

export class CapturedFront {
    readonly #services: AcceptorServices;
    readonly #serving: Serving;

    constructor(services: AcceptorServices, serving: Serving) {
        this.#services = services;
        this.#serving = serving;
    }

    accept(listener: ListenerEntry, raw: net.Socket): void {
        const start = Date.now();
        const original =
            listener.capture === "local" ? { address: plainAddress(listener.bind), port: listener.port } : originalDestination(raw);
        // What was sent to the port itself was meant for nobody: passed on it would come back for ever.
        if (original === undefined || isItself(raw, listener, original)) {
            this.#serving.refuse(raw, start, "", NO_DESTINATION, original && { original });
            return;
        }
        const meant = { raw, start, original };
        const index = capturedIn(this.#services.snapshot().entries);
        const found = index.find(original.address, original.port) ?? index.unknown;
        const kinds = Object.values(found);
        const [only] = kinds;
        if (only === undefined || (kinds.length === 1 && only.kind !== "tls"))
            this.#choose(meant, { kind: only?.kind === "http" ? "http" : "tcp" }, NOTHING);
        else this.#peek(meant);
    }

    #peek(meant: Meant): void {
        const { raw } = meant;
        const { connections, deadlines } = this.#services;
        connections.add(raw, { drain: () => void raw.destroy(), destroy: () => void raw.destroy() });
        deadlines.add(raw);
        raw.once("close", () => deadlines.remove(raw));
        peekBeginning(raw, SILENCE_MS, (beginning, bytes) => {
            deadlines.remove(raw);
            if (beginning.kind === "closed") raw.destroy();
            else this.#choose(meant, beginning, bytes);
        });
    }

    #choose(meant: Meant, beginning: Exclude<Beginning, { kind: "closed" }>, bytes: Buffer): void {
        const serverName = beginning.kind === "tls" ? beginning.serverName : "";
        const captured = { original: meant.original, beginning: beginning.kind, serverName };
        this.#give(meant, captured, capturedChoice(this.#services.snapshot(), captured), bytes);
    }

    #give({ raw, start, original }: Meant, captured: Captured, choice: CapturedChoice | undefined, bytes: Buffer): void {
        const { serverName } = captured;
        if (choice === undefined) {
            this.#serving.refuse(raw, start, serverName, BLACK_HOLE, { original });
            return;
        }
        const { listener, chain } = choice;
        const snapshot = this.#services.snapshot();
        const { target, access, refusal } = chain.entry;
        const chosen: Chosen = { start, listener, chain, access: accessNamed(access, snapshot.access), serverName, original, captured };
        if (refusal) this.#serving.refuse(raw, start, serverName, refusal, { original });
        else if (target.kind === "tcp" && target.route.clusters.length === 0)
            this.#serving.refuse(raw, start, serverName, BLACK_HOLE, { original });
        else if (target.kind === "tcp") this.#serving.serveTcp(chosen, raw, true, bytes.length > 0 ? bytes : undefined);
        else {
            if (bytes.length > 0) raw.unshift(bytes);
            this.#serving.serveHttp(chosen, raw, raw, "");
        }
    }
}

function isItself(raw: net.Socket, { capture }: ListenerEntry, { address, port }: OriginalDestination): boolean {
    return capture === "transparent" && addressText(raw.localAddress, raw.localPort) === addressText(address, port);
}
