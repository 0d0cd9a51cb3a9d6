import type en from './templates/en.json';

/**
 * What a mail can be about: the ids of NotificationSettings.eventSettings that have a template.
 * IDCS: the ids are those that NotificationSettings lists (Oracle's Terraform provider, examples for identity domains); what each is
 * about: "About Email Notifications".
 */
export type NotificationEvent = keyof (typeof en)['events'];
