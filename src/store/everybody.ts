/**
 * The group of everybody, whom no edge names as its members.
 * IDCS: scim.md §5, a shipped constant; rulings: All Domain Users.
 */
export const EVERYBODY_GROUP_ID = 'AllUsersId';
