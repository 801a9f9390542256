/** Which mounted files the resources name. */
import { readKind, type DestinationRule, type Gateway, type KubeObject, type SpecObject } from "../../istio/types";

/** Every path that a Gateway server or a DestinationRule's TLS settings name, sorted, each once. */
export function certificatePaths(objects: Iterable<KubeObject>): string[] {
    const paths = new Set<string>();
    for (const object of objects) for (const path of knownPathsOf(object)) paths.add(path);
    return [...paths].sort();
}

/** Most objects name none, and none changes. */
const known = new WeakMap<KubeObject, readonly string[]>();
const NONE: readonly never[] = [];

function knownPathsOf(object: KubeObject): readonly string[] {
    let paths = known.get(object);
    if (paths === undefined) {
        const named = pathsOf(object).filter((path) => typeof path === "string" && path !== "");
        paths = named.length === 0 ? NONE : (named as string[]);
        known.set(object, paths);
    }
    return paths;
}

function pathsOf(object: KubeObject): (string | undefined)[] {
    switch (readKind(object)) {
        case "Gateway": {
            const { servers } = (object as SpecObject<"Gateway", Gateway>).spec;
            return (servers ?? []).flatMap(({ tls }) =>
                [tls, ...(tls?.tlsCertificates ?? [])]
                    .flatMap((files) => [files?.serverCertificate, files?.privateKey, files?.caCertificates])
                    .concat(tls?.caCrl),
            );
        }
        case "DestinationRule": {
            const { spec } = object as SpecObject<"DestinationRule", DestinationRule>;
            const policies = [spec.trafficPolicy, ...(spec.subsets ?? []).map(({ trafficPolicy }) => trafficPolicy)];
            return policies
                .flatMap((policy) => [policy?.tls, ...(policy?.portLevelSettings ?? []).map(({ tls }) => tls)])
                .flatMap((tls) => [tls?.clientCertificate, tls?.privateKey, tls?.caCertificates, tls?.caCrl]);
        }
        default:
            return [];
    }
}
