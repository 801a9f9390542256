/** Between protobuf messages and plain data: structs, sources, and a resource's options in their transform form. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Place } from "../../istio/findings";
import type { AliasProto, ResourceProto, Sdk, StructProto } from "../sdk";
import type { Alias, CustomTimeouts, EvaluatedOptions, PropertyMap } from "../types";

export function fromStruct(struct: StructProto.Struct | undefined): PropertyMap {
    return (struct?.toJavaScript() ?? {}) as PropertyMap;
}

export function toStruct(sdk: Sdk, map: PropertyMap): StructProto.Struct {
    return sdk.struct.Struct.fromJavaScript(map as Parameters<typeof StructProto.Struct.fromJavaScript>[0]);
}

/**
 * Where the program constructed the resource: the nearest frame in the program's own folder. A component from beside it
 * says less of what to change than the line that uses it; where that line is not on the stack, the nearest frame that is
 * not an installed library's has to do.
 */
export function placeOf(
    request: ResourceProto.RegisterResourceRequest | ResourceProto.ReadResourceRequest,
    programDir?: string,
): Place | undefined {
    const frames =
        request
            .getStacktrace()
            ?.getFramesList()
            .map((frame) => frame.getPc()) ?? [];
    const places = [request.getSourceposition(), ...frames].flatMap((position): Place[] => {
        if (!position?.getUri().startsWith("file:")) return [];
        const file = path.normalize(fileURLToPath(position.getUri()));
        return file.split(path.sep).includes("node_modules") ? [] : [{ file, line: position.getLine() }];
    });
    const within = programDir === undefined ? undefined : places.find(({ file }) => file.startsWith(programDir + path.sep));
    return within ?? places[0];
}

/** A request's options as transforms see and change them. */
export function transformOptions(sdk: Sdk, request: ResourceProto.RegisterResourceRequest): ResourceProto.TransformResourceOptions {
    const options = new sdk.resource.TransformResourceOptions();
    options.setDependsOnList(request.getDependenciesList());
    if (request.hasProtect()) options.setProtect(request.getProtect() ?? false);
    options.setIgnoreChangesList(request.getIgnorechangesList());
    options.setReplaceOnChangesList(request.getReplaceonchangesList());
    options.setVersion(request.getVersion());
    options.setAliasesList(aliasesOf(sdk, request));
    options.setProvider(request.getProvider());
    options.setCustomTimeouts(request.getCustomtimeouts());
    options.setPluginDownloadUrl(request.getPlugindownloadurl());
    if (request.hasRetainondelete()) options.setRetainOnDelete(request.getRetainondelete() ?? false);
    options.setDeletedWith(request.getDeletedwith());
    if (request.getDeletebeforereplacedefined()) options.setDeleteBeforeReplace(request.getDeletebeforereplace());
    options.setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList());
    for (const [name, reference] of request.getProvidersMap().entries()) options.getProvidersMap().set(name, reference);
    options.setHooks(request.getHooks());
    options.setImport(request.getImportid());
    options.setHideDiffList(request.getHidediffsList());
    options.setReplaceWithList(request.getReplaceWithList());
    options.setReplacementTrigger(request.getReplacementTrigger());
    return options;
}

/** An SDK that does not know alias specs sends whole URNs in a field of their own. */
function aliasesOf(sdk: Sdk, request: ResourceProto.RegisterResourceRequest): AliasProto.Alias[] {
    const whole = request.getAliasurnsList().map((urn) => {
        const alias = new sdk.alias.Alias();
        alias.setUrn(urn);
        return alias;
    });
    return [...request.getAliasesList(), ...whole];
}

export function readAlias(alias: AliasProto.Alias): Alias {
    const spec = alias.getSpec();
    if (!spec) return alias.getUrn();
    return {
        ...(spec.getName() ? { name: spec.getName() } : {}),
        ...(spec.getType() ? { type: spec.getType() } : {}),
        ...(spec.getStack() ? { stack: spec.getStack() } : {}),
        ...(spec.getProject() ? { project: spec.getProject() } : {}),
        ...(spec.getParenturn() ? { parentUrn: spec.getParenturn() } : {}),
        ...(spec.getNoparent() ? { noParent: true } : {}),
    };
}

/** The options of a resource that has none. */
export const NO_OPTIONS: EvaluatedOptions = {
    protect: false,
    retainOnDelete: false,
    ignoreChanges: [],
    replaceOnChanges: [],
    additionalSecretOutputs: [],
    aliases: [],
    aliasUrns: [],
    dependencies: [],
    propertyDependencies: {},
    customTimeouts: {},
    replaceWith: [],
};

export function evaluatedOptions(
    options: ResourceProto.TransformResourceOptions,
    aliasUrns: readonly string[],
    propertyDependencies: Readonly<Record<string, readonly string[]>>,
    parent: EvaluatedOptions = NO_OPTIONS,
): EvaluatedOptions {
    // What the real engine has children inherit where they say nothing themselves; the rest is the SDK's.
    const deletedWith = options.getDeletedWith() || parent.deletedWith;
    return {
        protect: options.hasProtect() ? (options.getProtect() ?? false) : parent.protect,
        retainOnDelete: options.hasRetainOnDelete() ? (options.getRetainOnDelete() ?? false) : parent.retainOnDelete,
        ...(options.hasDeleteBeforeReplace() ? { deleteBeforeReplace: options.getDeleteBeforeReplace() ?? false } : {}),
        ignoreChanges: options.getIgnoreChangesList(),
        replaceOnChanges: options.getReplaceOnChangesList(),
        additionalSecretOutputs: options.getAdditionalSecretOutputsList(),
        aliases: options.getAliasesList().map(readAlias),
        aliasUrns,
        dependencies: [...options.getDependsOnList()].sort(),
        propertyDependencies,
        customTimeouts: timeoutsOf(options),
        ...(deletedWith ? { deletedWith } : {}),
        replaceWith: options.getReplaceWithList(),
        ...(options.getVersion() ? { version: options.getVersion() } : {}),
    };
}

function timeoutsOf(options: ResourceProto.TransformResourceOptions): CustomTimeouts {
    const timeouts = options.getCustomTimeouts()?.toObject();
    if (!timeouts) return {};
    return Object.fromEntries(Object.entries(timeouts).filter(([, text]) => text !== ""));
}

/** By property. One that a transform added depends on nothing. */
export function propertyDependenciesOf(
    request: ResourceProto.RegisterResourceRequest,
    properties: PropertyMap,
): Record<string, readonly string[]> {
    const found: Record<string, readonly string[]> = Object.fromEntries(Object.keys(properties).map((property) => [property, []]));
    for (const [property, dependencies] of request.getPropertydependenciesMap().entries()) {
        found[property] = [...dependencies.getUrnsList()].sort();
    }
    return found;
}
