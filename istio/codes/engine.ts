/** GH03xx, engine/: faults of a stack program. */
export const ENGINE_CODES = {
    GH0301: {
        level: "Error",
        name: "ProgramFailed",
        when: "A stack program threw, rejected, logged an error or left with a code that is not 0.",
    },
    GH0302: { level: "Error", name: "ProgramTimedOut", when: "A stack program had not ended when its time was up." },
    GH0303: {
        level: "Error",
        name: "NeverResolved",
        when: "A stack program ended while a resource still waited for a value, a dependency or a parent that never came.",
    },
    GH0304: {
        level: "Error",
        name: "ProjectInvalid",
        when: "A project's Pulumi.yaml is missing, malformed, of another runtime, or names an entry that is not there.",
    },
    GH0305: { level: "Error", name: "SecureValue", when: "A configuration value is encrypted and was not given in clear for this run." },
    GH0306: {
        level: "Error",
        name: "ConfigInvalid",
        when: "A stack's configuration is malformed, or a value that the project requires is missing.",
    },
    GH0307: { level: "Error", name: "StackNotFound", when: "A StackReference names a stack whose project was not found." },
    GH0308: { level: "Error", name: "StackCycle", when: "Stacks refer to each other in a circle." },
    GH0309: {
        level: "Error",
        name: "UnknownProvider",
        when: "A resource or function belongs to a provider that the embedded engine does not have.",
    },
    GH0310: {
        level: "Error",
        name: "NotInEngine",
        when: "A program asks for something that only the real engine does: a remote component, a method call, an import or a read of what is deployed.",
    },
    GH0311: { level: "Error", name: "DuplicateUrn", when: "Two resources of a program have the same type, name and parent types." },
    GH0312: { level: "Error", name: "TransformFailed", when: "A transform threw." },
    GH0313: { level: "Error", name: "HookFailed", when: "A resource hook threw." },
    GH0314: { level: "Error", name: "ResourceInvalid", when: "A provider refused a resource's inputs." },
    GH0315: { level: "Error", name: "TypeError", when: "The compiler found a type error in a stack program." },
    GH0316: {
        level: "Warning",
        name: "StateDamaged",
        when: "A state file could not be read; generated names, keys and certificates are made anew.",
    },
    GH0317: { level: "Error", name: "SdkMissing", when: "A stack's folder has no @pulumi/pulumi to run under." },
    GH0318: {
        level: "Warning",
        name: "EnvironmentNotOpened",
        when: "A stack takes values from Pulumi ESC environments, which only Pulumi can open: the program runs without them.",
    },
    GH0319: {
        level: "Warning",
        name: "SettingsLeftOut",
        when: "A Pulumi.yaml or a stack's file has settings that have no effect on a laptop: only Pulumi acts on them, or nothing knows them.",
    },
    GH0320: {
        level: "Warning",
        name: "ConfigEmpty",
        when: "A key of a stack's configuration has no value: the program sees an empty text, as under Pulumi.",
    },
} as const;
