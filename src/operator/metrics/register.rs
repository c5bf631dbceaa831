//! How metrics get into the registry: only with a row of the table. It knows no metric by name.

use super::table::{About, Counter, Gauge, Histogram, Kind, PREFIX, Row};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue};
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::{MetricType, counter, histogram};
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::time::Duration;

/// Labels with their values.
type Labels<const N: usize> = [(&'static str, String); N];

/// All metrics that were registered.
#[derive(Debug)]
pub(super) struct Board(Registry);

impl Board {
    pub(super) fn new() -> Self {
        Self(Registry::with_prefix(PREFIX))
    }

    pub(super) fn counters<const N: usize>(&mut self, row: &'static Row<Counter, N>) -> Counters<N> {
        let family = Family::default();
        self.register(row.about(), family.clone());
        Counters { row, family }
    }

    pub(super) fn histograms<const N: usize>(&mut self, row: &'static Row<Histogram, N>) -> Histograms<N> {
        let buckets = match row.about().kind {
            Kind::Histogram(buckets) => buckets,
            Kind::Gauge | Kind::Counter => &[],
        };
        let family = Family::new_with_constructor(Buckets(buckets));
        self.register(row.about(), family.clone());
        Histograms { row, family }
    }

    fn register(&mut self, about: &About, metric: impl prometheus_client::registry::Metric) {
        match unit_of(about) {
            Some(unit) => self.0.register_with_unit(about.name, about.help, unit, metric),
            None => self.0.register(about.name, about.help, metric),
        }
    }

    /// Gauges that are found out when somebody asks.
    pub(super) fn on_scrape(&mut self, fill: impl Fn(&mut Sheet<'_>) -> fmt::Result + Send + Sync + 'static) {
        self.0.register_collector(Box::new(OnScrape(Box::new(fill))));
    }

    /// The text that a scrape gets.
    ///
    /// # Errors
    /// When a metric cannot be written as text; a fault of the program.
    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.0)?;
        Ok(text)
    }
}

fn unit_of(about: &About) -> Option<Unit> {
    about.seconds.then_some(Unit::Seconds)
}

/// Counters by their labels.
#[derive(Debug)]
pub(super) struct Counters<const N: usize> {
    row: &'static Row<Counter, N>,
    family: Family<Labels<N>, counter::Counter>,
}

impl<const N: usize> Counters<N> {
    /// One more.
    pub(super) fn count(&self, values: [&str; N]) {
        self.family.get_or_create(&self.row.labels(values)).inc();
    }
}

#[derive(Clone, Debug)]
struct Buckets(&'static [f64]);

impl MetricConstructor<histogram::Histogram> for Buckets {
    fn new_metric(&self) -> histogram::Histogram {
        histogram::Histogram::new(self.0.iter().copied())
    }
}

/// Histograms by their labels.
#[derive(Debug)]
pub(super) struct Histograms<const N: usize> {
    row: &'static Row<Histogram, N>,
    family: Family<Labels<N>, histogram::Histogram, Buckets>,
}

impl<const N: usize> Histograms<N> {
    /// It took so long.
    pub(super) fn took(&self, values: [&str; N], time: Duration) {
        self.family
            .get_or_create(&self.row.labels(values))
            .observe(time.as_secs_f64());
    }
}

type Fill = Box<dyn Fn(&mut Sheet<'_>) -> fmt::Result + Send + Sync>;

struct OnScrape(Fill);

impl fmt::Debug for OnScrape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnScrape")
    }
}

impl Collector for OnScrape {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        (self.0)(&mut Sheet(encoder))
    }
}

/// Where gauges are written into while somebody asks.
pub(super) struct Sheet<'a>(DescriptorEncoder<'a>);

impl Sheet<'_> {
    /// Everything of one gauge; each combination of values once.
    pub(super) fn gauge<const N: usize, V: EncodeGaugeValue>(
        &mut self,
        row: &'static Row<Gauge, N>,
        all: impl IntoIterator<Item = ([String; N], V)>,
    ) -> fmt::Result {
        let about = row.about();
        // The registry does this for what is registered with it.
        let (help, unit) = (format!("{}.", about.help), unit_of(about));
        let mut metric = self
            .0
            .encode_descriptor(about.name, &help, unit.as_ref(), MetricType::Gauge)?;
        for (values, value) in all {
            let labels = row.labels(std::array::from_fn(|at| values[at].as_str()));
            if labels.is_empty() {
                metric.encode_gauge(&value)?;
            } else {
                metric.encode_family(&labels)?.encode_gauge(&value)?;
            }
        }
        Ok(())
    }
}
