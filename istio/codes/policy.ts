/** GH06xx, policy/: faults of the policies' configuration. What a policy finds bears the policy's name. */
export const POLICY_CODES = {
    GH0601: {
        level: "Error",
        name: "PolicyConfigInvalid",
        when: "The configuration of policies names a policy, parameter or level that there is not, or gives a parameter a value of another type.",
    },
    GH0602: {
        level: "Error",
        name: "PolicyConfigUnreadable",
        when: "The file with the configuration of policies can't be read, or is neither YAML nor JSON.",
    },
} as const;
