/** What istiod with Envoy answered to the cases of a topic. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Answer, Topic, Variant } from "./case";
import { TOPICS } from "../cases";

export interface Recorded {
    /** `Kind name` of the objects that the API server refused. */
    readonly refused?: readonly string[];
    readonly answers: Readonly<Record<string, Answer>>;
    /** What is answered otherwise where HTTP/2 is spoken (`http2/variants.ts`). */
    readonly http2?: Readonly<Partial<Record<Variant, Readonly<Record<string, Answer>>>>>;
}

/** By a case's title. */
export type TopicRecord = Readonly<Record<string, Recorded>>;

function fileOf(topic: Topic): string {
    return path.join(__dirname, "..", "records", `${topic.name}.json`);
}

/** Empty where none was made yet. */
export function readRecord(topic: Topic): TopicRecord {
    const file = fileOf(topic);
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as TopicRecord) : {};
}

export function writeRecord(topic: Topic, record: TopicRecord): void {
    writeFileSync(fileOf(topic), `${JSON.stringify(record, null, 1)}\n`);
}

/** All topics, or those that `$ONLY` names (with commas between them). */
export function chosenTopics(): readonly Topic[] {
    const only = process.env["ONLY"]?.split(",");
    return TOPICS.filter(({ name }) => only === undefined || only.includes(name));
}
