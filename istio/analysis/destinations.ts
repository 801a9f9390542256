/** The destinations of a VirtualService, with the place each stands at. */
import type { Destination } from "../types";
import type { Loose } from "../validation";
import type { IndexedKind } from "./indexed-object";

export interface PlacedDestination {
    readonly destination: Loose<Destination>;
    /** Of the destination. */
    readonly field: string;
    readonly mirror: boolean;
    readonly rule: RuleAudience;
}

/** Of a rule, for whom it is. */
export interface RuleAudience {
    readonly match?: readonly ({ readonly gateways?: readonly (string | undefined)[] } | undefined)[];
}

type Routes =
    | readonly ((RuleAudience & { readonly route?: readonly ({ readonly destination?: Loose<Destination> } | undefined)[] }) | undefined)[]
    | undefined;

function routed(rules: Routes, path: string): PlacedDestination[] {
    return (rules ?? []).flatMap((rule, index) =>
        (rule?.route ?? []).flatMap((route, at) =>
            rule && route?.destination
                ? [{ destination: route.destination, field: `${path}[${index}].route[${at}].destination`, mirror: false, rule }]
                : [],
        ),
    );
}

/** In the order of the object: tcp, tls, http, then what http rules mirror to. */
export function destinationsOf({ usable }: IndexedKind<"VirtualService">): readonly PlacedDestination[] {
    const { spec } = usable;
    const mirrors = (spec?.http ?? []).flatMap((rule, index): PlacedDestination[] => [
        ...(rule?.mirror ? [{ destination: rule.mirror, field: `spec.http[${index}].mirror`, mirror: true, rule }] : []),
        ...(rule?.mirrors ?? []).flatMap((mirror, at) =>
            rule && mirror?.destination
                ? [{ destination: mirror.destination, field: `spec.http[${index}].mirrors[${at}].destination`, mirror: true, rule }]
                : [],
        ),
    ]);
    return [...routed(spec?.tcp, "spec.tcp"), ...routed(spec?.tls, "spec.tls"), ...routed(spec?.http, "spec.http"), ...mirrors];
}
