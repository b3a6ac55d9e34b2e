// What a shop's own server does with @segment/analytics-node. Environment: URL, WRITE_KEY. Prints the answers' statuses.
import { Analytics } from '@segment/analytics-node'

const analytics = new Analytics({ writeKey: process.env.WRITE_KEY, host: process.env.URL, flushAt: 20, maxRetries: 2 })
const statuses = []
analytics.on('http_response', (answer) => statuses.push(answer.status))
const context = { consent: { categoryPreferences: { service: true, analytics: true } } }
const who = { userId: 'node-user', anonymousId: 'node-visitor' }

analytics.page({ anonymousId: 'node-visitor', name: 'Home', properties: { path: '/' }, context })
analytics.identify({ ...who, traits: { name: 'Trần Văn Bình', phone: '0987 654 321', birthday: new Date('1990-04-01') }, context })
analytics.track({ ...who, event: 'Product Viewed', properties: { sku: 'AO-01' }, context })
analytics.track({
  ...who,
  event: 'Order Completed',
  properties: { order_id: 'N-1', currency: 'VND', total: 250000, products: [{ sku: 'AO-01', price: 125000, quantity: 2 }] },
  context,
})
analytics.screen({ ...who, name: 'Home', context })
analytics.group({ ...who, groupId: 'co-7', traits: { name: 'Công ty An Phát' }, context })
analytics.alias({ previousId: 'node-older-visitor', userId: 'node-user', context })
await analytics.closeAndFlush({ timeout: 20000 })
console.log(JSON.stringify(statuses))
