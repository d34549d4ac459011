// Everything is drawn from this page's own data; when that is done, the page says so.

const charts = [];
const root = document.documentElement;
root.classList.add('scripted');
startTheme(() => charts.forEach((chart) => chart.surface.soon()));

const data = JSON.parse(document.getElementById('report-data').textContent);
const makers = { timeline: [Timeline, data.timeline], partitions: [Partitions, data.partitions] };
for (const box of document.querySelectorAll('[data-chart]')) {
  const [Chart, content] = makers[box.dataset.chart];
  if (content) charts.push(new Chart(box, content, data.names));
}
requestAnimationFrame(() => (root.dataset.ready = 'yes'));
