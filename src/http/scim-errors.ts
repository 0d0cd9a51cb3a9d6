// The body belongs to the features, because Bulk prints one for each of its operations.
export { scimErrorBody } from '../resources/scim-error-body.ts';
