/** A gRPC echo of every kind of call, with gRPC's own health service beside it (grpc.health.v1). */
import { setTimeout as delay } from "node:timers/promises";
import { podIdentity, type Sample, type SampleEnvironment } from "../sample";
import { STATUS, StatusError, type Call } from "./call";
import { numberAt, readMessage, textAt, writeMessage } from "./protobuf";
import { grpcServer, type Method } from "./server";

const ECHO = "echo.v1.Echo";
const HEALTH = "grpc.health.v1.Health";
const SERVING = 1;
const SERVICE_UNKNOWN = 3;
const LONGEST_DELAY_MS = 10_000;
const MOST_REPLIES = 1000;
/** Of what Collect puts together. */
const LONGEST_TEXT = 1024 * 1024;

interface EchoRequest {
    readonly text: string;
    readonly count: number;
    readonly delayMs: number;
    readonly status: number;
}

function readRequest(bytes: Buffer): EchoRequest {
    try {
        const fields = readMessage(bytes);
        return { text: textAt(fields, 1), count: numberAt(fields, 2), delayMs: numberAt(fields, 3), status: numberAt(fields, 4) };
    } catch (error) {
        throw new StatusError(STATUS.INVALID_ARGUMENT, (error as Error).message);
    }
}

/** Resolves at once where nobody waits any more. */
async function pause({ delayMs }: EchoRequest, { signal }: Call): Promise<void> {
    if (delayMs > 0) await delay(Math.min(delayMs, LONGEST_DELAY_MS), undefined, { signal }).catch(() => undefined);
}

function endAs({ status }: EchoRequest): void {
    if (status !== STATUS.OK) throw new StatusError(status, `the call asked for status ${status}`);
}

function echoMethods(pod: string): Readonly<Record<string, Method>> {
    const reply = (call: Call, text: string, index: number): Promise<void> =>
        call.send(writeMessage({ 1: text, 2: pod, 3: index, 4: String(call.headers["grpc-timeout"] ?? "") }));
    return {
        [`/${ECHO}/Say`]: async (call) => {
            const request = readRequest(await call.message());
            await pause(request, call);
            endAs(request);
            await reply(call, request.text, 0);
        },
        [`/${ECHO}/Repeat`]: async (call) => {
            const request = readRequest(await call.message());
            const count = Math.min(request.count || 3, MOST_REPLIES);
            for (let index = 1; index <= count && !call.signal.aborted; index++) {
                await pause(request, call);
                await reply(call, request.text, index);
            }
            endAs(request);
        },
        [`/${ECHO}/Collect`]: async (call) => {
            const texts: string[] = [];
            let length = 0;
            for await (const message of call.messages()) {
                const request = readRequest(message);
                endAs(request);
                length += request.text.length;
                if (length > LONGEST_TEXT) throw new StatusError(STATUS.RESOURCE_EXHAUSTED, "the texts are too long together");
                texts.push(request.text);
            }
            await reply(call, texts.join(" "), texts.length);
        },
        [`/${ECHO}/Chat`]: async (call) => {
            let index = 0;
            for await (const message of call.messages()) {
                const request = readRequest(message);
                await pause(request, call);
                endAs(request);
                await reply(call, request.text, ++index);
            }
        },
    };
}

/** All is well with the whole of it, which has no name, and with the services that are there. */
const SERVICES: readonly string[] = ["", ECHO, HEALTH];

async function askedFor(call: Call): Promise<string> {
    try {
        return textAt(readMessage(await call.message()), 1);
    } catch (error) {
        throw error instanceof StatusError ? error : new StatusError(STATUS.INVALID_ARGUMENT, (error as Error).message);
    }
}

const HEALTH_METHODS: Readonly<Record<string, Method>> = {
    [`/${HEALTH}/Check`]: async (call) => {
        const service = await askedFor(call);
        if (!SERVICES.includes(service)) throw new StatusError(STATUS.NOT_FOUND, `there is no service ${service}`);
        await call.send(writeMessage({ 1: SERVING }));
    },
    [`/${HEALTH}/Watch`]: async (call) => {
        await call.send(writeMessage({ 1: SERVICES.includes(await askedFor(call)) ? SERVING : SERVICE_UNKNOWN }));
        // Nothing changes here: it stays open until the client has heard enough.
        await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve(), { once: true }));
    },
};

export const grpcEcho: Sample = {
    summary: "gRPC: echo.v1.Echo with Say, Repeat, Collect, Chat, and grpc.health.v1.Health",
    calls: [`/${ECHO}/Say`, `/${ECHO}/Repeat`, `/${HEALTH}/Check`],
    create(environment: SampleEnvironment) {
        const { pod } = podIdentity(environment);
        return grpcServer({ ...echoMethods(pod), ...HEALTH_METHODS });
    },
};
