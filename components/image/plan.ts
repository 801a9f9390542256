/** A GatewayImage's arguments as data, and what is wrong with them. */
import { fault, withoutWeaker, type Fault } from "../arguments/faults";
import { mentionsUnknown } from "../arguments/unknown";
import { parseReference } from "./reference";
import type { KnownArgs } from "../schema/types";
import { shapeFaults } from "../schema/shape";
import { BUILD_FIELDS, GATEWAY_IMAGE, PLATFORMS, type BuiltImageArgs, type ExistingImageArgs } from "./schema";

/** The arguments once every value is there; never a password. */
export type GatewayImageData = KnownArgs<Partial<ExistingImageArgs & BuiltImageArgs>>;

const FIND_DIGEST = "Registries and `docker buildx imagetools inspect` tell it.";

const shown = (value: unknown): string => JSON.stringify(value) ?? "nothing";

function pinnedFaults(path: string, text: unknown): Fault[] {
    if (mentionsUnknown(text)) return [];
    const reference = parseReference(text);
    if (!reference) return [fault("GH0230", path, `${shown(text)} is not the name of an image.`, "Wanted registry/name:tag@sha256:…")];
    return reference.digest === undefined
        ? [fault("GH0230", path, `${shown(text)} has no digest, so that it may be another image tomorrow.`, `Add @sha256:… ${FIND_DIGEST}`)]
        : [];
}

function tagFaults(path: string, text: unknown, push: boolean): Fault[] {
    if (mentionsUnknown(text)) return [];
    const { tag, digest, registry } = parseReference(text) ?? {};
    if (tag === undefined || digest !== undefined)
        return [
            fault("GH0230", path, `${shown(text)} is not a name with a tag.`, "Wanted registry/name:tag, in lower case, without a digest."),
        ];
    return push && registry === undefined
        ? [
              fault(
                  "GH0230",
                  path,
                  `${shown(text)} names no registry to push to.`,
                  `Write registry.example/${String(text)}, or docker.io/… for Docker Hub.`,
              ),
          ]
        : [];
}

function allTagFaults({ tags, push = true }: GatewayImageData): Fault[] {
    if (tags === undefined || tags.length === 0)
        return [fault("GH0230", "tags", "there is no name to give the image.", "Wanted at least one registry/name:tag.")];
    const repeated = tags.flatMap((tag, index) =>
        !mentionsUnknown(tag) && tags.indexOf(tag) < index ? [fault("GH0230", `tags[${index}]`, `${shown(tag)} stands there twice.`)] : [],
    );
    return [...tags.flatMap((tag, index) => tagFaults(`tags[${index}]`, tag, push)), ...repeated];
}

function outcomeFaults({ push = true, load = false, platforms = [] }: GatewayImageData): Fault[] {
    const unknown = platforms.flatMap((one, index) =>
        PLATFORMS.includes(one) || mentionsUnknown(one)
            ? []
            : [
                  fault(
                      "GH0210",
                      `platforms[${index}]`,
                      `${shown(one)} is not a platform that Node is released for.`,
                      `Wanted one of ${PLATFORMS.join(", ")}.`,
                  ),
              ],
    );
    const nowhere =
        push || load ? [] : [fault("GH0210", "push", "with neither push nor load, nothing comes of the build.", "Set one of them.")];
    const many =
        load && platforms.length > 1
            ? [
                  fault(
                      "GH0210",
                      "platforms",
                      `a Docker daemon takes one platform, these are ${platforms.length}.`,
                      "Leave load away, or name one platform.",
                  ),
              ]
            : [];
    return [...unknown, ...nowhere, ...many];
}

function textFaults({ registries = [], builder, labels = {}, revision }: GatewayImageData): Fault[] {
    const bad = (path: string, value: unknown, what: string): Fault[] =>
        mentionsUnknown(value) || (typeof value === "string" && value !== "")
            ? []
            : [fault("GH0210", path, `${shown(value)} is not ${what}.`)];
    return [
        ...registries.flatMap((one, index) => bad(`registries[${index}].address`, one?.address, "the address of a registry")),
        ...(builder === undefined ? [] : bad("builder.name", builder?.name, "the name of a builder")),
        ...Object.entries(labels).flatMap(([key, value]) =>
            typeof value === "string" && key !== "" ? [] : [fault("GH0210", `labels[${shown(key)}]`, `${shown(value)} is not a text.`)],
        ),
        ...(revision === undefined ? [] : bad("revision", revision, "a revision")),
    ];
}

export function gatewayImageFaults(data: GatewayImageData): Fault[] {
    return withoutWeaker([...sourceFaults(data), ...shapeFaults(data, GATEWAY_IMAGE)]);
}

function sourceFaults(data: GatewayImageData): Fault[] {
    if (data.image !== undefined) {
        const built = BUILD_FIELDS.filter((field) => data[field] !== undefined);
        const both =
            built.length > 0
                ? [
                      fault(
                          "GH0210",
                          "image",
                          `names an image that exists, and ${built.join(", ")} ${built.length > 1 ? "are" : "is"} for building one.`,
                          "Leave one of the two away.",
                      ),
                  ]
                : [];
        return [...pinnedFaults("image", data.image), ...both];
    }
    const base =
        data.base === undefined
            ? [
                  fault(
                      "GH0230",
                      "base",
                      "there is neither an image that exists (image) nor a base to build one on (base).",
                      `Wanted an image with Node and nothing else, by its digest. ${FIND_DIGEST}`,
                  ),
              ]
            : pinnedFaults("base", data.base);
    return [...base, ...allTagFaults(data), ...outcomeFaults(data), ...textFaults(data)];
}
