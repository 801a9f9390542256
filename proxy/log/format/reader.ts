/** How a piece of a line is read of what is logged: of requests, and of connections without any. */
import { hostPart, portPart } from "../../net/address-parts";
import type { ConnectionRecord, RequestRecord } from "../../telemetry";

/** Undefined: nothing is known of it. A number stays one in JSON. */
export type LogValue = string | number | undefined;

export type ReadRequest = (record: RequestRecord) => LogValue;
export type ReadConnection = (record: ConnectionRecord) => LogValue;

export interface Reader {
    readonly request: ReadRequest;
    readonly connection: ReadConnection;
}

export const absent = (): undefined => undefined;
export const NOTHING: Reader = { request: absent, connection: absent };

export const present = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

/** As the request was sent on: behind a rewrite another one than the client's. */
export const sentHost = ({ host, authority }: RequestRecord): string => (host === "" ? authority : host);

/** Of `10.0.0.1:443`; empty: there is no address. */
export const hostIn = (address: string): string | undefined => (address === "" ? undefined : hostPart(address));
export const portIn = (address: string): number | undefined => (address === "" ? undefined : Number(portPart(address)));

/** At most so many characters; -1: all. */
export function limited(reader: Reader, length: number): Reader {
    if (length < 0) return reader;
    const cut = (value: LogValue): LogValue => (typeof value === "string" && value.length > length ? value.slice(0, length) : value);
    return { request: (record) => cut(reader.request(record)), connection: (record) => cut(reader.connection(record)) };
}
