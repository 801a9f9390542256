/**
 * One question to a provider over gRPC (envoy.service.auth.v3.Authorization/Check), as Envoy's ext_authz filter asks it. It says
 * of the request all there is, and is told in return what is to be changed, or the whole of the answer. Whatever is no such
 * answer is an error, and lets pass only where errors do.
 */
import { FRAMING_HEADERS } from "../../../istio/framing-headers";
import type { HeaderList } from "../../http/doors";
import { headerAt, headerValue, removeHeader, setHeader } from "../../http/header-list";
import type { BoundGrpcProvider } from "../../snapshot";
import { checkRequest, type CheckedBody } from "../ext-authz/check-request";
import { readCheck, type Allowed, type Denied, type HeaderChange } from "../ext-authz/check-response";
import { changedQuery } from "../ext-authz/query";
import { unaryCall } from "../ext-authz/unary-call";
import { hyphened } from "../claimed-names";
import type { ExchangeState } from "../exchange-state";
import { answer, type Answer, type Next } from "../verdict";
import { ProviderCheck } from "./provider-check";
import { tellDenied } from "./refusal";

export const CHECK_PATH = "/envoy.service.auth.v3.Authorization/Check";
const ADD_IF_ABSENT = 1;
const SET = 2;
const SET_IF_PRESENT = 3;

export class GrpcCheck extends ProviderCheck<BoundGrpcProvider> {
    override begin(done: (verdict: Next) => void, body: readonly Buffer[]): () => void {
        const state = this.state;
        const { entry } = this.provider;
        const cluster = state.snapshot.clusters.get(entry.cluster);
        if (cluster === undefined) {
            done(this.#failed());
            return () => {};
        }
        const { authority, timeoutMs } = entry;
        const call = unaryCall({ cluster, authority, path: CHECK_PATH, timeoutMs }, this.#question(body), (message) => {
            if (message === "too-long") done(this.refused());
            else done(message === undefined ? this.#failed() : this.#judge(message));
        });
        call.start();
        return () => call.giveUp();
    }

    #question(parts: readonly Buffer[]): Buffer {
        const { connection, head, requestId, start, method, scheme, authority, path, headers, remoteAddress, remotePort } = this.state;
        return checkRequest(
            { remoteAddress, remotePort, localAddress: connection.localAddress, localPort: connection.localPort, tls: connection.tls },
            { id: requestId, start, method, scheme, authority, path, protocol: head.protocol, headers, body: this.#bodyOf(parts) },
        );
    }

    #bodyOf(parts: readonly Buffer[]): CheckedBody | undefined {
        const { body } = this.provider.entry;
        if (body === undefined) return undefined;
        const { requestEnded, bytesReceived } = this.state;
        const bytes = this.body === undefined ? Buffer.alloc(0) : Buffer.concat(parts).subarray(0, body.maxBytes);
        return { bytes, size: bytesReceived, isPartial: !requestEnded || bytesReceived > bytes.length, asBytes: body.asBytes };
    }

    #judge(message: Buffer): Next {
        const checked = readCheck(message);
        if (typeof checked === "string") return this.#failed();
        // Somebody has judged, and it can't be obeyed: it is refused also where errors let pass.
        if (checked.kind === "unfit") return this.refused();
        if (checked.kind === "allowed") return this.#allow(checked);
        return checked.kind === "denied" ? this.#deny(checked, 403, "ext_authz_denied") : this.#failed(checked);
    }

    /** Nobody can say. */
    #failed(said?: Denied): Next {
        const { failOpen, statusOnError } = this.provider.entry;
        if (failOpen) return this.next();
        return said === undefined ? this.refused() : this.#deny(said, statusOnError, "ext_authz_error");
    }

    #deny({ status, headers, body }: Denied, otherwise: number, details: string): Answer {
        tellDenied(this.state, this.rule);
        const list: HeaderList = [];
        for (const { name, value } of headers) if (!FRAMING_HEADERS.has(name)) list.push(name, value);
        const given = status >= 200 && status <= 599 ? status : otherwise;
        const isBodiless = given === 204 || given === 205 || given === 304;
        const text = isBodiless ? "" : body;
        return answer(given, text, "UAEX", details, list, false, text.length > 0);
    }

    #allow({ headers, remove, responseHeaders, setQuery, removeQuery }: Allowed): Next {
        const state = this.state;
        this.settleRoute();
        for (const change of headers) changeRequestHeader(state, change);
        for (const name of remove) if (!name.startsWith(":") && !FRAMING_HEADERS.has(name)) removeHeader(state.headers, name);
        if (responseHeaders.length > 0) state.providerChanges = [...state.providerChanges, ...responseHeaders];
        if (setQuery.length > 0 || removeQuery.length > 0) state.path = changedQuery(state.path, setQuery, removeQuery);
        return this.next();
    }
}

/**
 * Envoy looks at `append` alone here: what is appended is so only to what is there. What a client writes in the header's
 * place, with underscores or in a trailer, does not reach the backend.
 */
function changeRequestHeader(state: ExchangeState, { name, value, append }: HeaderChange): void {
    if (FRAMING_HEADERS.has(name)) return;
    const { headers } = state;
    const before = append === true ? headerValue(headers, name) : undefined;
    if (append === true && before === undefined) return;
    setHeader(headers, name, before === undefined ? value : `${before},${value}`);
    const spelling = hyphened(name);
    (state.providerNames ??= new Set()).add(spelling);
    for (let at = headers.length - 2; at >= 0; at -= 2) {
        const other = headers[at]!;
        if (other !== name && hyphened(other) === spelling) headers.splice(at, 2);
    }
}

/** What a check says of the headers of the response. */
export function changeResponseHeader(headers: HeaderList, { name, value, append, action }: HeaderChange): void {
    if (FRAMING_HEADERS.has(name)) return;
    const isThere = headerAt(headers, name) !== -1;
    const how = append === undefined ? action : append ? 0 : SET;
    if ((how === ADD_IF_ABSENT && isThere) || (how === SET_IF_PRESENT && !isThere)) return;
    if (how === SET || how === SET_IF_PRESENT) setHeader(headers, name, value);
    else headers.push(name, value);
}
