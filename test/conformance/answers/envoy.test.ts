/**
 * Puts cases of `test/answers` to the real istiod and Envoy: they must still answer as recorded. Of a long topic some are asked, by
 * `SEED` (1): each is a push of istiod's. `ALL=1` or `ONLY=<topic>` asks all of them, `UPDATE=1` records them anew.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { findEnvoy } from "../../../harness/envoy";
import { needTools, skipFor } from "../../support/tools";
import { chosenTopics, readRecord, writeRecord, type Recorded } from "../../answers/support/record";
import type { Answer, Case, Variant } from "../../answers/support/case";
import { otherwise, type Played } from "../../answers/support/http2/variants";
import { Stand } from "../../answers/support/setting";
import { IstioGateway } from "./istio-gateway";

const WHAT = "the comparison with Istio's gateway";
/** About so many of a topic. */
const SOME = 3;
/** Of what is asked over HTTP/2, and of the cases with backends of HTTP/2. */
const EVERY = 4;

describe("answers of Istio's gateway", function () {
    this.timeout(900_000);
    const stand = new Stand();
    let plane: ControlPlane | undefined;
    let gateway: IstioGateway | undefined;

    before(async function () {
        needTools(this, WHAT, "pilot-discovery");
        findEnvoy() ?? skipFor(this, WHAT, "envoy (on PATH or installed by npm run e2e:tools)");
        plane = await startControlPlane(this);
        await stand.start();
        gateway = await IstioGateway.start(plane, stand);
    });
    after(async () => {
        await gateway?.stop();
        await stand.stop();
        await plane?.stop();
    });

    for (const topic of chosenTopics()) {
        it(`are those that were recorded: ${topic.name}`, async () => {
            const recorded = readRecord(topic);
            const record: Record<string, Recorded> = {};
            const wanted: Record<string, Recorded | undefined> = {};
            const failed: unknown[] = [];
            const asked = isWhole() ? topic.cases : someOf(topic.cases, Number(process.env["SEED"] ?? 1));
            for (const [at, one] of asked.entries())
                try {
                    const played = await play(gateway!, one, topic.http2 ?? [], at);
                    record[one.title] = recordOf(played);
                    wanted[one.title] = partOf(recorded[one.title], played);
                } catch (error) {
                    failed.push(error);
                }
            if (process.env["UPDATE"]) writeRecord(topic, record);
            if (failed.length > 0) throw new AggregateError(failed, failed.map(String).join("\n"));
            if (process.env["UPDATE"]) return;
            assert.deepEqual(record, wanted);
            if (isWhole()) assert.deepEqual(Object.keys(recorded).sort(), topic.cases.map(({ title }) => title).sort());
        });
    }
});

interface PlayedWhole extends Played {
    readonly refused?: readonly string[];
    /** With backends of HTTP/2. */
    readonly backends?: Readonly<Record<string, Answer>>;
}

/** Over HTTP/2 a part, unless everything is asked: what Envoy refuses there it takes its time for. */
async function play(gateway: IstioGateway, one: Case, variants: readonly Variant[], at: number): Promise<PlayedWhole> {
    const every = isWhole() ? 1 : EVERY;
    const played = await gateway.play(one, { clients: variants.includes("clients"), every });
    if (!variants.includes("backends") || at % every !== 0) return played;
    return { ...played, backends: (await gateway.play(one, { backends: true })).answers };
}

/** Of what is played with HTTP/2 too, only what is otherwise. */
function recordOf({ refused, answers, ...played }: PlayedWhole): Recorded {
    const clients = otherwise("clients", played.clients, answers);
    const backends = otherwise("backends", played.backends, answers);
    return {
        ...(refused ? { refused } : {}),
        answers,
        ...(clients || backends ? { http2: { ...(clients ? { clients } : {}), ...(backends ? { backends } : {}) } } : {}),
    };
}

/** Of a record what was played of its case. */
function partOf(recorded: Recorded | undefined, played: PlayedWhole): Recorded | undefined {
    if (!recorded || isWhole()) return recorded;
    const some = <T>(all: Readonly<Record<string, T>> = {}, titles: object = {}): Record<string, T> | undefined => {
        const chosen = Object.entries(all).filter(([title]) => title in titles);
        return chosen.length > 0 ? Object.fromEntries(chosen) : undefined;
    };
    const { http2, ...plain } = recorded;
    const clients = some(http2?.clients, played.clients);
    const backends = some(http2?.backends, played.backends);
    return {
        ...plain,
        answers: some(plain.answers, played.answers) ?? {},
        ...(clients || backends ? { http2: { ...(clients ? { clients } : {}), ...(backends ? { backends } : {}) } } : {}),
    };
}

function isWhole(): boolean {
    return ["UPDATE", "ALL", "ONLY"].some((name) => (process.env[name] ?? "") !== "");
}

function someOf<T>(all: readonly T[], seed: number): readonly T[] {
    const step = Math.ceil(all.length / SOME);
    return all.filter((_one, at) => at % step === seed % step);
}
