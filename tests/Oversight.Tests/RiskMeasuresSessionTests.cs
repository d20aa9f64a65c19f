using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Reference;
using HftEngine.Core.Tests.Sessions;
using HftEngine.Schemas;
using NUnit.Framework;
using Environment = HftEngine.Schemas.Environment;

namespace HftEngine.Oversight.Tests;

/// <summary>Positions that the reader tells from events are the reference engine's.</summary>
internal sealed class RiskMeasuresSessionTests
{
    private const ulong Sessions = 400;

    [Test]
    public void Positions_and_their_cost_are_the_engines_from_the_first_event_and_from_an_image()
    {
        int compared = 0;
        for (ulong seed = 1; seed <= Sessions; seed++)
        {
            RiskMeasures whole = new();
            RiskMeasures? late = null;
            SettlementWatch watch = new();
            int countdown = (int)(seed % 150);
            string? failure = RandomSession.Watch(seed, (pair, events) =>
            {
                foreach (ReferenceEvent e in events)
                {
                    watch.See(e);
                    whole.Apply(e.Message);
                    late?.Apply(e.Message);
                }

                if (countdown-- == 0)
                {
                    late = new RiskMeasures();
                    pair.Engine.WriteImage(late.ApplyFrames);
                    watch.DoubtCostOfWhatIsSettling();
                }

                compared += RequireSame(pair.Reference, whole, watch);
                if (late is not null)
                {
                    RequireSame(pair.Reference, late, watch);
                }
            });
            Assert.That(failure, Is.Null, $"seed {seed}");
        }

        TestContext.Out.WriteLine($"{compared} positions compared");
        Assert.That(compared, Is.GreaterThan(10_000));
    }

    private static int RequireSame(ReferenceEngine engine, RiskMeasures measures, SettlementWatch watch)
    {
        List<(uint, uint, bool, BigInteger, BigInteger)> expected = engine.Positions
            .Where(p => p.NetLots != 0 && !watch.Expiring.Contains(p.Instrument.Id))
            .Select(p => (p.Account.Id, p.Instrument.Id, p.IsShortLeg, p.NetLots, watch.CostOf(p.Instrument.Id, p.Cost)))
            .Order().ToList();
        List<(uint, uint, bool, BigInteger, BigInteger)> actual = new[] { Environment.Live, Environment.Demo }
            .SelectMany(e => measures.Positions(RiskScope.Venue(e)))
            .Where(p => !watch.Expiring.Contains(p.InstrumentId))
            .Select(p => (p.AccountId, p.InstrumentId, p.IsShortLeg, (BigInteger)p.Position.NetLots,
                watch.CostOf(p.InstrumentId, (BigInteger)p.Position.Cost)))
            .Order().ToList();
        Assert.That(actual, Is.EqualTo(expected));
        return expected.Count;
    }

    /// <summary>
    /// Events do not tell when each position is settled: while an instrument settles its positions may be either way,
    /// and what is traded meanwhile leaves their cost in doubt.
    /// </summary>
    private sealed class SettlementWatch
    {
        private readonly HashSet<uint> _settling = [];
        private readonly HashSet<uint> _doubtful = [];

        public HashSet<uint> Expiring { get; } = [];

        public BigInteger CostOf(uint instrumentId, BigInteger cost) =>
            _settling.Contains(instrumentId) || _doubtful.Contains(instrumentId) ? 0 : cost;

        public void DoubtCostOfWhatIsSettling() => _doubtful.UnionWith(_settling);

        public void See(ReferenceEvent e)
        {
            uint id = e.Envelope.InstrumentId;
            switch (e.TemplateId)
            {
                case SettlementStartedBlock.TemplateId:
                    SettlementKind kind = e.As<SettlementStartedBlock>().Kind;
                    _ = kind == SettlementKind.Expiry ? Expiring.Add(id)
                        : kind == SettlementKind.Variation && _settling.Add(id);
                    break;
                case SettlementDoneBlock.TemplateId:
                    Expiring.Remove(id);
                    _settling.Remove(id);
                    break;
                case TradeBlock.TemplateId when _settling.Contains(id):
                    _doubtful.Add(id);
                    break;
            }
        }
    }
}
