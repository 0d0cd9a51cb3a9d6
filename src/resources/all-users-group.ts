/**
 * The group of everybody, whom no edge names as its members.
 * IDCS: scim.md §5, a shipped constant; rulings: All Domain Users.
 */
export const ALL_USERS_GROUP_ID = 'AllUsersId';
