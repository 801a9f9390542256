/**
 * What a client of HTTP/2 may do too much of, kind by kind: it is answered with the code of the table and closed, one figure
 * counts it, a connection beside it is served meanwhile, and nothing of it stays.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { ABUSE, type AbuseKind, type AbuseName } from "../../../../proxy/codec/http2/abuse-kinds";
import { SERVER_COUNTS } from "../../../../proxy/codec/http2/counts";
import { BUDGETS } from "../../../../proxy/codec/http2/abuse";
import { eventually } from "../../../support/eventually";
import { AttackedServer, Innocent } from "./support/attacked";
import { CLIENT_ATTACKS, PATHS, type Attack } from "./support/attacks";
import { END_HEADERS, headers, request, reset, settings, TYPE, upload } from "./support/raw-frames";
import { RawPeer, type Ending } from "./support/raw-peer";

/** What ends by the clock. */
const TIMED: ReadonlySet<AbuseName> = new Set([
    "settings_timeout",
    "unfinished_header_block",
    "tx_flush_timeout",
    "outbound_control_flood",
]);
const SHORT = { settingsTimeout: 60, frameTimeout: 60, writeIdleTimeout: 60 };

describe("too much of HTTP/2 from a client", () => {
    let patient: AttackedServer;
    let hasty: AttackedServer;
    before(async () => {
        patient = await new AttackedServer().start();
        hasty = await new AttackedServer(SHORT).start();
    });
    after(() => {
        patient.close();
        hasty.close();
    });

    async function attack(server: AttackedServer, { settings: first, unsettled, deaf, run }: Attack): Promise<[RawPeer, Promise<Ending>]> {
        const peer = await RawPeer.connect(server.port, first ? { settings: first } : {});
        if (!unsettled) await peer.settle();
        if (deaf) peer.socket.pause();
        let id = -1;
        await run({ peer, next: () => (id += 2) });
        return [peer, peer.ending()];
    }

    for (const [name, kind] of Object.entries(ABUSE) as [AbuseName, AbuseKind][]) {
        if (!kind.sides.includes("server")) continue;
        for (const one of CLIENT_ATTACKS[name] ?? []) {
            it(`ends as the table says: ${name}, ${one.name}`, async () => {
                const server = TIMED.has(name) ? hasty : patient;
                const innocent = await Innocent.beside(server.port);
                const before = { ...SERVER_COUNTS.abuse };
                const [peer, ending] = await attack(server, one);
                try {
                    const codes = kind.faults.map(({ code }) => code);
                    if (name === "tx_flush_timeout") {
                        const frame = await peer.frame(({ type }) => type === TYPE.RST_STREAM);
                        assert.ok(codes.includes(frame!.payload.readUInt32BE(0)));
                    } else {
                        const { code } = await ending;
                        if (one.deaf) assert.equal(code, undefined, "nobody reads it");
                        else assert.ok(code !== undefined && codes.includes(code), `${code} is the code`);
                    }
                } finally {
                    peer.destroy();
                    await innocent.stop();
                }
                const counted = Object.entries(SERVER_COUNTS.abuse).filter(([key, value]) => value !== before[key as AbuseName]);
                assert.deepEqual(
                    counted.map(([key, value]) => [key, value - before[key as AbuseName]]),
                    [[name, 1]],
                );
                assert.ok(innocent.latencies.length > 0);
                await eventually(() => assert.deepEqual([server.open, SERVER_COUNTS.streamsActive], [0, 0], "nothing of it is left"));
            });
        }
    }

    it("is known in all its kinds", () => {
        const played = Object.entries(CLIENT_ATTACKS).flatMap(([name, attacks]) => (attacks.length > 0 ? [name] : []));
        const known = Object.entries<AbuseKind>(ABUSE).flatMap(([name, { sides }]) => (sides.includes("server") ? [name] : []));
        assert.deepEqual(played.sort(), known.sort());
    });

    it("reaches no backend with what is reset in the same read", async () => {
        const peer = await (await RawPeer.connect(patient.port)).settle();
        const before = patient.handled;
        const frames = Array.from({ length: 100 }, (_, at) => [headers(2 * at + 1, request(PATHS.hang)), reset(2 * at + 1)]).flat();
        peer.send(...frames, headers(201, request(PATHS.quick)));
        await peer.frame(({ id }) => id === 201);
        assert.equal(patient.handled - before, 1);
        peer.destroy();
    });

    it("reaches a backend with no more than the budget of what is reset later", async () => {
        const before = patient.handled;
        const [, ending] = await attack(patient, CLIENT_ATTACKS.too_many_premature_resets![1]!);
        await ending;
        assert.ok(patient.handled - before <= BUDGETS.resets.burst + 150, `${patient.handled - before}`);
    });
});

describe("what is no abuse", () => {
    /** Longer than this process may stand still. */
    const TIMES = { settingsTimeout: 0, frameTimeout: 200, writeIdleTimeout: 60 };
    let server: AttackedServer;
    before(async () => {
        server = await new AttackedServer(TIMES).start();
    });
    after(() => server.close());

    it("is a body that comes slowly, in one frame or in many that no read ends with", async () => {
        const peer = await (await RawPeer.connect(server.port)).settle();
        peer.send(headers(1, upload(PATHS.hang), END_HEADERS));
        const body = Buffer.concat(
            Array.from({ length: 20 }, () => Buffer.concat([Buffer.from([0, 0, 100, 0, 0, 0, 0, 0, 1]), Buffer.alloc(100)])),
        );
        for (let at = 0; at < body.length; at += 75) {
            peer.send(body.subarray(at, at + 75));
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
        await new Promise((resolve) => setTimeout(resolve, 2 * TIMES.frameTimeout));
        peer.send(headers(3, request(PATHS.quick)));
        assert.ok(await peer.frame(({ id }) => id === 3), "it is still served");
        peer.destroy();
    });

    it("is a window of nothing that opens before a body comes", async () => {
        const peer = await (await RawPeer.connect(server.port, { settings: settings([4, 0]) })).settle();
        peer.send(headers(1, request(PATHS.hang)));
        await new Promise((resolve) => setTimeout(resolve, 3 * TIMES.writeIdleTimeout));
        assert.equal(peer.count(TYPE.RST_STREAM), 0);
        peer.destroy();
    });
});
