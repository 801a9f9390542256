/** Who else is asked, and what becomes of a request for each of what may be said: nobody is asked here. */
import { readableText } from "../../../istio/wire-text";
import type { ExternalProviderEntry, HttpProviderEntry, Tables } from "../../tables";
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
            return {
                url: urlOf(provider, exchange),
                headers: [...provider.includeRequestHeaders, ...provider.includeAdditionalHeaders.map(([header]) => header)],
                outcomes: outcomesOf(provider),
            };
        case "basic-auth":
            return { url: "", headers: [], outcomes: [`without a name and password of "${provider.realm}" the answer is 401`] };
        case "unserved":
            return { url: "", headers: [], outcomes: [`${provider.why}: the request is denied`] };
        default:
            return provider satisfies never;
    }
}

function urlOf({ authority, pathPrefix }: HttpProviderEntry, { path }: ExplainedExchange): string {
    return `http://${authority}${pathPrefix}${readableText(path)}`;
}

function outcomesOf(provider: HttpProviderEntry): string[] {
    const { timeoutMs, failOpen, statusOnError, headersToUpstreamOnAllow, headersToDownstreamOnAllow, headersToDownstreamOnDeny } =
        provider;
    const withHeaders = (names: readonly string[], text: string): string =>
        names.length === 0 ? "" : `${text} ${names.join(", ")} of its answer`;
    const allowed = `if it answers 200 the request goes on as said below${withHeaders(headersToUpstreamOnAllow, ", with")}${withHeaders(headersToDownstreamOnAllow, "; the response gets")}`;
    const denied = `any other answer goes to the client${withHeaders(headersToDownstreamOnDeny, ", with")}`;
    const silent = `without an answer within ${timeoutMs} ms ${failOpen ? "the request goes on" : `the client gets ${statusOnError}`}`;
    return [allowed, denied, silent];
}
