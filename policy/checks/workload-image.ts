/** A tag means another image tomorrow, and a registry that nobody chose may hand out anything. */
import { shownText } from "../../istio";
import type { Checks } from "../check";
import { containersOf, podChecks } from "../objects/workload";
import { fault } from "../thing";
import { at, text } from "../values";

const PINNED = /@sha256:[0-9a-f]{64}$/;
/** Istio's injector puts its own image in this one's place. */
const INJECTED = "auto";

/** The registry and repository, as a runtime reads them: a first part without dot or port is a user of Docker Hub's. */
function repositoryOf(image: string): string {
    const name = image.replace(/@.*$/, "").replace(/:[^/]*$/, "");
    const [first = "", ...rest] = name.split("/");
    if (rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost")) return name;
    return `docker.io/${rest.length > 0 ? name : `library/${name}`}`;
}

function isFrom(image: string, registries: readonly string[]): boolean {
    const repository = repositoryOf(image);
    return registries.some((one) => repository === one || repository.startsWith(one.endsWith("/") ? one : `${one}/`));
}

export const workloadImage: Checks<"workload-image"> = podChecks<"workload-image">((pods, { allowedRegistries }, { standInImages }) =>
    containersOf(pods).flatMap(({ value, field }) => {
        const image = text(at(value, "image"));
        if (image === undefined || image === "" || image === INJECTED || standInImages.includes(image)) return [];
        return [
            ...(PINNED.test(image)
                ? []
                : [
                      fault(
                          pods.thing,
                          `${field}.image`,
                          `is ${shownImage(image)}, which is not pinned: what it names may change. Add its digest, as in name@sha256:….`,
                      ),
                  ]),
            ...(allowedRegistries.length === 0 || isFrom(image, allowedRegistries)
                ? []
                : [fault(pods.thing, `${field}.image`, `is ${shownImage(image)}, which is from none of ${allowedRegistries.join(", ")}.`)]),
        ];
    }),
);

/** A digest is long and dense, as a key is, and none. */
function shownImage(image: string): string {
    const [name = "", digest] = image.split("@");
    return digest === undefined ? shownText(name) : `${shownText(name)} by digest`;
}
