/** Who else is asked, and what becomes of a request for each of what may be said: nobody is asked here. */
import { readableText } from "../../../istio/wire-text";
import { CHECK_PATH } from "../../exchange";
import type { ExternalProviderEntry, GrpcProviderEntry, HttpProviderEntry, Tables } from "../../tables";
import { partsOf } from "../destinations";
import type { ExplainedExchange } from "../explained-exchange";
import type { PolicyAnswer, ProviderAnswer } from "./answer";

/** `policy`: the CUSTOM one that matches. */
export function providerAnswer(
    { policy }: PolicyAnswer,
    exchange: ExplainedExchange,
    { authorizations, providers }: Tables,
): ProviderAnswer {
    const name = authorizations.get(policy)?.provider ?? "";
    const provider = providers.get(name);
    if (provider === undefined)
        return { name, policy, url: "", headers: [], outcomes: [`there is no provider ${name}: the request is denied`], origin: null };
    return { name, policy, ...askedOf(provider, exchange), origin: provider.origin };
}

function askedOf(provider: ExternalProviderEntry, exchange: ExplainedExchange): Pick<ProviderAnswer, "url" | "headers" | "outcomes"> {
    switch (provider.kind) {
        case "http":
            return { url: urlOf(provider, exchange), headers: headersTo(provider), outcomes: outcomesOf(provider) };
        case "grpc":
            return { url: grpcUrlOf(provider), headers: ["all headers"], outcomes: grpcOutcomesOf(provider) };
        case "basic-auth":
            return {
                url: "",
                headers: [],
                outcomes: [`a name and a password of ${JSON.stringify(provider.realm)} are wanted: without them the client gets 401`],
            };
        case "unserved":
            return { url: "", headers: [], outcomes: [`${provider.why}: the request is denied`] };
        default:
            return provider satisfies never;
    }
}

/** Where it is, with the path that it is asked for. */
function urlOf({ authority, cluster, pathPrefix }: HttpProviderEntry, { path }: ExplainedExchange): string {
    const { port } = partsOf(cluster);
    return `http://${authority}${port === 0 || /:\d+$/.test(authority) ? "" : `:${port}`}${pathPrefix}${readableText(path)}`;
}

function grpcUrlOf({ authority, cluster }: GrpcProviderEntry): string {
    return `grpc://${authority}:${partsOf(cluster).port}${CHECK_PATH}`;
}

function grpcOutcomesOf({ timeoutMs, failOpen, statusOnError }: GrpcProviderEntry): string[] {
    return [
        "if it answers with status 0 the request goes on as said below, with the headers and parameters that it sets",
        "any other status goes to the client as 403, or with the status, headers and body that it says",
        `without an answer within ${timeoutMs} ms ${failOpen ? "the request goes on" : `the client gets ${statusOnError}`}`,
    ];
}

/** Names alone, as patterns have them; `authorization` is told unasked (Envoy). */
function headersTo({ includeRequestHeaders, includeAdditionalHeaders }: HttpProviderEntry): string[] {
    return [...new Set(["authorization", ...includeRequestHeaders, ...includeAdditionalHeaders.map(([name]) => name)])];
}

function outcomesOf(provider: HttpProviderEntry): string[] {
    const { timeoutMs, failOpen, statusOnError, headersToUpstreamOnAllow, headersToDownstreamOnAllow, headersToDownstreamOnDeny } =
        provider;
    const named = (text: string, names: readonly string[]): string => (names.length === 0 ? "" : `${text} ${names.join(", ")}`);
    const denied = headersToDownstreamOnDeny.length === 0 ? ", with all of its headers" : named(", with its", headersToDownstreamOnDeny);
    return [
        `if it answers 200 the request goes on as said below${named(", with its", headersToUpstreamOnAllow)}${named("; the response gets its", headersToDownstreamOnAllow)}`,
        `any other answer goes to the client${denied}`,
        `without an answer within ${timeoutMs} ms ${failOpen ? "the request goes on" : `the client gets ${statusOnError}`}`,
    ];
}
