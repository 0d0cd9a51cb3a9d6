export { EVERYBODY_GROUP_ID as ALL_USERS_GROUP_ID } from '../store/everybody.ts';
