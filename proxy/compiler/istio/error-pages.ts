/** Error pages in the proxy's words: of VirtualServices for their hosts, and of the Services in front of the gateway for all. */
import { ERROR_PAGES_ANNOTATION, readErrorPages } from "../../../istio/semantics";
import { refText } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import { annotationField, annotationText, type Subject } from "../context/place";
import type { Family, Value } from "../graph/graph";
import type { ErrorPageRule, ErrorPageSource } from "../routing/model/error-pages";

const FIELD = annotationField(ERROR_PAGES_ANNOTATION);

export class ErrorPages implements ErrorPageSource {
    readonly #context: ObjectContext;
    /** An application is told in plain words what went wrong. */
    readonly #isMesh: boolean;
    readonly #read: Family<Subject, ErrorPageRule | undefined>;
    readonly #ofGateway: Value<ErrorPageRule | undefined>;

    /** `inFront`: the Services in front of the gateway's pods. */
    constructor(context: ObjectContext, inFront: () => readonly Placed<"Service">[]) {
        this.#context = context;
        this.#isMesh = context.settings.mode === "mesh";
        this.#read = context.graph.family((one) => readOf(one));
        this.#ofGateway = context.graph.value(() => (this.#isMesh ? undefined : this.#gatewayPages(inFront())));
    }

    ofGateway(): ErrorPageRule | undefined {
        return this.#ofGateway.get();
    }

    ofRules(subject: Subject): ErrorPageRule | undefined {
        if (this.#isMesh || subject.ref.kind !== "VirtualService" || textOf(subject) === undefined) return undefined;
        return this.#read.get(subject);
    }

    /** Of several Services the oldest that has pages: objects come in that order. */
    #gatewayPages(services: readonly Placed<"Service">[]): ErrorPageRule | undefined {
        const having = services.flatMap((one) => (textOf(one) === undefined ? [] : (this.#read.get(one) ?? [])));
        const [first, ...others] = having;
        if (first === undefined) return undefined;
        for (const { subject, field } of others)
            this.#context.report.add(
                "GH0418",
                subject,
                field,
                `${refText(first.subject.ref)} has error pages for the same gateway and is older; these are given to nobody.`,
                "Put the pages on one of the two.",
            );
        return first;
    }
}

function textOf(subject: Subject): string | undefined {
    return annotationText(subject, ERROR_PAGES_ANNOTATION);
}

/** What is wrong with it the reader of the object has said. */
function readOf(subject: Subject): ErrorPageRule | undefined {
    const text = textOf(subject);
    const read = text === undefined ? undefined : readErrorPages(text);
    return read === undefined || "fault" in read ? undefined : { subject, field: FIELD, pages: read.pages };
}
