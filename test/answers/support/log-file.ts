/**
 * The access log that a gateway writes while a case is played: whole lines, without what differs from run to run. Which
 * request a line is of its start says, as requests are sent one after the other: nobody waits for lines between them.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { KubeObject } from "../../../istio";
import { meshConfig } from "./access";
import type { AccessLog } from "./case";

/** A line is written when its request is over and a timer has fired. */
const WAIT_MS = 1_000;
/** Within it a second line has come, if there is one. */
const QUIET_MS = 60;
const POLL_MS = 10;

export interface LogFile extends AccessLog {
    readonly file: string;
    /** The mesh's configuration that makes gateways write it in Istio's own format, beside `more`. */
    readonly mesh: (more?: object) => KubeObject;
    readonly remove: () => void;
}

export function logFile(): LogFile {
    const folder = mkdtempSync(path.join(tmpdir(), "gatehouse-log-"));
    const file = path.join(folder, "access.log");
    const lines = (): readonly string[] => (existsSync(file) ? readFileSync(file, "latin1").split("\n").slice(0, -1) : []);
    const within = (from: number, to: number): readonly string[] =>
        lines().filter((line) => {
            const start = Date.parse(/\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(line)?.[0] ?? "");
            return start >= from && start <= to;
        });
    return {
        file,
        mesh: (more = {}) => meshConfig({ accessLogFile: file, ...more }),
        take: async (spans) => {
            const until = Date.now() + WAIT_MS;
            while (spans.some(([from, to]) => within(from, to).length === 0) && Date.now() < until) await sleep(POLL_MS);
            await sleep(QUIET_MS);
            return spans.map(([from, to]) => within(from, to).map(withoutTimes));
        },
        remove: () => rmSync(folder, { recursive: true, force: true }),
    };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Where the fields of the default format stand; a quoted one is one. */
const FIELD = /"[^"]*"|\[[^\]]*\]|\S+/g;
const RECEIVED = 7;
const DURATION = 9;
const SERVICE_TIME = 10;
const REQUEST_ID = 13;

function withoutTimes(line: string): string {
    const timeless = line.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, "<time>");
    if (!line.startsWith("[")) return timeless;
    const shown = (timeless.match(FIELD) ?? []).map((field, at) => {
        // Of a ClientHello.
        if (at === RECEIVED) return field.replace(/^\d{4}$/, "<many>");
        if (at === DURATION || at === SERVICE_TIME) return field.replace(/^\d+$/, "<ms>");
        if (at === REQUEST_ID) return field.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "<id>");
        return field;
    });
    return shown.join(" ");
}
