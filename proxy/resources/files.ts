/** Which mounted files the resources name. */
import type { PlacedObject } from "./placed-object";
import { readKind, type DestinationRule, type Gateway, type KubeObject, type SpecObject } from "../../istio/types";

/** Every path that a Gateway server or a DestinationRule's TLS settings name, of objects of which a few change at a time. */
export class NamedFiles {
    #objects: readonly PlacedObject[] = [];
    /** By how many objects each is named. */
    readonly #counts = new Map<string, number>();
    #paths: readonly string[] = [];

    /** Sorted, each once; the same list as long as the same files are named. */
    of(objects: readonly PlacedObject[]): readonly string[] {
        const before = this.#objects;
        this.#objects = objects;
        const isOther = before.length !== objects.length;
        if (isOther) for (const { object } of before) this.#count(object, -1);
        for (let at = 0; at < objects.length; at++) {
            const [old, now] = [isOther ? undefined : before[at], objects[at]];
            if (old === now) continue;
            if (old) this.#count(old.object, -1);
            if (now) this.#count(now.object, 1);
        }
        const paths = [...this.#counts.keys()].sort();
        const isSame = paths.length === this.#paths.length && paths.every((one, at) => one === this.#paths[at]);
        return isSame ? this.#paths : (this.#paths = paths);
    }

    #count(object: KubeObject, more: number): void {
        for (const path of namedIn(object)) {
            const now = (this.#counts.get(path) ?? 0) + more;
            if (now === 0) this.#counts.delete(path);
            else this.#counts.set(path, now);
        }
    }
}

function namedIn(object: KubeObject): readonly string[] {
    return pathsOf(object).filter((path): path is string => typeof path === "string" && path !== "");
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
