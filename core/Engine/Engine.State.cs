using System;
using HftEngine.Core.State;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>
/// The state as one canonical stream: everything that can decide a future answer, and nothing that can be computed from
/// the rest. How a feature adds its part stands at <see cref="StateWriter"/>.
/// </summary>
public sealed unsafe partial class Engine
{
    /// <summary>
    /// Two engines with equal hashes answer alike from here on. Slow (it visits every table); called at a stop, by
    /// replay and by the shadow, never by the live core.
    /// </summary>
    public ulong ComputeStateHash()
    {
        var state = new StateWriter(null);
        state.BeginHash();
        SaveSections(ref state);
        ulong hash = state.EndHash();
        state.Dispose();
        return hash;
    }

    /// <summary>Writes the state after the last command, for <see cref="LoadState"/>. Allocates; for the shadow.</summary>
    /// <returns>The state hash.</returns>
    public ulong SaveState(StateSink sink)
    {
        var state = new StateWriter(sink);
        state.Begin(StateSection.Limits);
        SaveLimits(ref state);
        state.End();
        state.BeginHash();
        SaveSections(ref state);
        ulong hash = state.EndHash();
        state.Begin(StateSection.Seal);
        state.Word(hash);
        SaveDigest(ref state);
        state.End();
        state.Dispose();
        return hash;
    }

    /// <summary>
    /// Takes over a saved state. The engine has applied nothing before, and from here on answers as the saved one would.
    /// After an exception it is of no use any more.
    /// </summary>
    /// <returns>The state hash.</returns>
    /// <exception cref="StateException">The stream is damaged, of other limits or of a newer version.</exception>
    public ulong LoadState(StateSource source)
    {
        Invariant.Require(LastSequence == 0 && AppliedPosition == 0);
        var state = new StateReader(source);
        try
        {
            state.BeginRequired(StateSection.Limits);
            LoadLimits(ref state);
            state.End();
            state.BeginHash();
            LoadSections(ref state);
            ulong hash = state.EndHash();
            state.BeginRequired(StateSection.Seal);
            state.Require(state.Word() == hash, "the state has another hash than it had when it was saved");
            LoadDigest(ref state);
            state.End();
            state.RequireEnd();
            return hash;
        }
        finally
        {
            state.Dispose();
        }
    }

    private void SaveSections(ref StateWriter state)
    {
        SaveVenue(ref state);
        SaveCurrencies(ref state);
        SaveCollateralPrices(ref state);
        SaveInstruments(ref state);
        SavePositionTerms(ref state);
        SaveMarginTiers(ref state);
        SaveSessions(ref state);
        SaveFirms(ref state);
        SaveAccounts(ref state);
        SaveAccountModes(ref state);
        SaveMarginAccounts(ref state);
        SaveBalances(ref state);
        _withdrawals.Save(ref state);
        SaveLedger(ref state);
        SavePositions(ref state);
        SaveSettlements(ref state);
        SaveMarginQueues(ref state);
        SaveFeeSchedules(ref state);
        _volumes.Save(ref state);
        _slots.Save(ref state);
        SaveOrders(ref state);
        SaveOrderFees(ref state);
        _owners.Save(ref state);
        SaveClientIds(ref state);
        SaveJobs(ref state);
        SaveRoll(ref state);
        SaveRisk(ref state);
    }

    private void LoadSections(ref StateReader state)
    {
        LoadVenue(ref state);
        LoadCurrencies(ref state);
        LoadCollateralPrices(ref state);
        LoadInstruments(ref state);
        LoadPositionTerms(ref state);
        LoadMarginTiers(ref state);
        LoadSessions(ref state);
        LoadFirms(ref state);
        LoadAccounts(ref state);
        LoadAccountModes(ref state);
        LoadMarginAccounts(ref state);
        LoadBalances(ref state);
        LoadWithdrawals(ref state);
        LoadLedger(ref state);
        LoadPositions(ref state);
        LoadSettlements(ref state);
        LoadMarginQueues(ref state);
        LoadFeeSchedules(ref state);
        LoadVolumes(ref state);
        _slots.Load(ref state);
        LoadOrders(ref state);
        LoadOrderFees(ref state);
        LoadOwners(ref state);
        LoadClientIds(ref state);
        LoadJobs(ref state);
        LoadRoll(ref state);
        LoadRisk(ref state);
    }

    /// <summary>The limits as Genesis states them. The rule level is not a limit; the state has its own.</summary>
    private void SaveLimits(ref StateWriter state)
    {
        GenesisBlock limits = _genesis;
        limits.RuleLevel = 0;
        state.Row(in limits);
    }

    private void LoadLimits(ref StateReader state)
    {
        GenesisBlock wanted = _genesis;
        wanted.RuleLevel = 0;
        state.Row(out GenesisBlock given);
        bool agrees = new ReadOnlySpan<byte>(&wanted, sizeof(GenesisBlock))
            .SequenceEqual(new ReadOnlySpan<byte>(&given, sizeof(GenesisBlock)));
        state.Require(agrees, "it is of a venue with other limits");
    }

    private void SaveDigest(ref StateWriter state)
    {
        Span<ulong> words = stackalloc ulong[5];
        _events.Digest.Save(words);
        foreach (ulong word in words)
        {
            state.Word(word);
        }

        state.Word(EventDigestValue);
    }

    private void LoadDigest(ref StateReader state)
    {
        Span<ulong> words = stackalloc ulong[5];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = state.Word();
        }

        _events.Digest = EventDigest.Load(words);
        state.Require(state.Word() == EventDigestValue, "the event digest is damaged");
    }

    private void SaveVenue(ref StateWriter state)
    {
        state.Begin(StateSection.Venue);
        state.Word(LastSequence);
        state.Word(LastTimestampNs);
        state.Word(LastEpoch, RuleLevel);
        state.Word(_lastTradeId);
        state.End();
    }

    private void LoadVenue(ref StateReader state)
    {
        state.BeginRequired(StateSection.Venue);
        LastSequence = state.Word();
        LastTimestampNs = state.Signed();
        (LastEpoch, RuleLevel) = state.Pair();
        _lastTradeId = state.Word();
        state.Require(RuleLevel <= KnownRuleLevel, "the rule level is unknown");
        state.End();
    }
}
