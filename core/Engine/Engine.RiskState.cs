using HftEngine.Core.Risk;
using HftEngine.Core.State;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Pre-trade checks in the saved state and in images.</summary>
public sealed unsafe partial class Engine
{
    private void SaveRisk(ref StateWriter state)
    {
        SaveMembers(ref state);
        state.Begin(StateSection.RiskRows);
        for (uint row = 1; row <= _riskRows.Count; row++)
        {
            SaveRiskRow(ref state, row);
        }

        state.EndList();
        state.End();
        state.Begin(StateSection.KillSwitches);
        SaveKilled(ref state, RiskLevel.Venue, 0, (_venueRisk & VenueKilled) != 0);
        for (uint id = 1; id < Limits.MaxAccounts; id++)
        {
            SaveKilled(ref state, RiskLevel.Account, id, (_accounts[id].RiskFlags & RiskFlags.Killed) != 0);
        }

        for (uint id = 1; id < _sessions.Length; id++)
        {
            SaveKilled(ref state, RiskLevel.Session, id, (_sessions[id].RiskFlags & RiskFlags.Killed) != 0);
        }

        state.EndList();
        state.End();
        state.Begin(StateSection.DeadMen);
        for (uint id = 1; id < _sessions.Length; id++)
        {
            if (_timers.DeadlineOf(id) != 0)
            {
                state.Word((ulong)id);
                state.Word(_timers.DeadlineOf(id));
            }
        }

        state.EndList();
        state.End();
        SavePermissions(ref state);
    }

    private void SavePermissions(ref StateWriter state)
    {
        state.Begin(StateSection.Permissions);
        for (uint row = 1; row <= _permissions.Count; row++)
        {
            state.Word(1UL);
            state.Row(in *_permissions[row]);
        }

        state.EndList();
        state.End();
        state.Begin(StateSection.InstrumentGroups);
        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            if (_instrumentGroups[id] != 0)
            {
                state.Word(id, _instrumentGroups[id]);
            }
        }

        state.EndList();
        state.End();
    }

    private void SaveMembers(ref StateWriter state)
    {
        state.Begin(StateSection.ClearingMembers);
        for (uint id = 1; id < _firms.Length; id++)
        {
            if (_clearingMembers[id] != 0)
            {
                state.Word(id, _clearingMembers[id]);
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadMembers(ref StateReader state)
    {
        if (state.Begin(StateSection.ClearingMembers) == 0)
        {
            return;
        }

        while (true)
        {
            (uint id, uint member) = state.Pair();
            if ((id | member) == 0)
            {
                break;
            }

            state.Require(id - 1 < _firms.Length - 1 && member < _firms.Length, "a clearing member is no firm");
            _clearingMembers[id] = member;
        }

        state.End();
    }

    private void LoadPermissions(ref StateReader state)
    {
        if (state.Begin(StateSection.Permissions) != 0)
        {
            for (uint row = 1; state.Word() != 0; row++)
            {
                state.Row(out PermissionRow saved);
                bool known = saved.Permission <= Permission.ReduceOnly
                    && saved.ByGroup <= 1
                    && CheckRiskTarget(saved.Level, saved.TargetId) == RejectReason.None;
                state.Require(known, "a permission is nobody's");
                uint made = _permissions.FindOrAdd(saved.Level, saved.TargetId, saved.ByGroup, saved.ObjectId);
                state.Require(made == row, "a permission comes twice or there are too many");
                _permissions[row]->Permission = saved.Permission;
                MarkPermission(_permissions[row]);
            }

            state.End();
        }

        if (state.Begin(StateSection.InstrumentGroups) != 0)
        {
            while (true)
            {
                (uint id, uint group) = state.Pair();
                if ((id | group) == 0)
                {
                    break;
                }

                state.Require(DefinedOrZero(id) != 0 && group <= ushort.MaxValue, "a group is of no instrument");
                _instrumentGroups[id] = (ushort)group;
            }

            state.End();
        }
    }

    private static void SaveKilled(ref StateWriter state, RiskLevel level, uint id, bool killed)
    {
        if (killed)
        {
            state.Word(id, (uint)level + 1);
        }
    }

    private void LoadRisk(ref StateReader state)
    {
        LoadMembers(ref state);
        LoadRiskRows(ref state);
        if (state.Begin(StateSection.KillSwitches) != 0)
        {
            while (true)
            {
                (uint id, uint level) = state.Pair();
                if ((id | level) == 0)
                {
                    break;
                }

                bool known = (RiskLevel)(level - 1) switch
                {
                    RiskLevel.Venue => id == 0,
                    RiskLevel.Account => IsOpenAccount(id),
                    RiskLevel.Session => id - 1 < _sessions.Length - 1,
                    _ => false,
                };
                state.Require(known, "a kill switch is nobody's");
                SwitchKill((RiskLevel)(level - 1), id, engage: true);
            }

            state.End();
        }

        if (state.Begin(StateSection.DeadMen) != 0)
        {
            uint id = 0;
            while ((id = state.NextId(id, _sessions.Length)) != 0)
            {
                long deadlineNs = state.Signed();
                state.Require(deadlineNs != 0, "a timer has no deadline");
                _timers.Arm(id, deadlineNs);
            }

            state.End();
        }

        LoadPermissions(ref state);
        NextDeadlineNs = DeadlineAfter(LastTimestampNs);
    }

    /// <summary>A row as it is saved: what the orders tell is left out.</summary>
    private void SaveRiskRow(ref StateWriter state, uint row)
    {
        RiskRow saved = *_riskRows[row];
        saved.OpenOrders = 0;
        state.Word(1UL);
        state.Row(in saved);
    }

    private void LoadRiskRows(ref StateReader state)
    {
        if (state.Begin(StateSection.RiskRows) == 0)
        {
            return;
        }

        for (uint row = 1; state.Word() != 0; row++)
        {
            state.Row(out RiskRow saved);
            RequireRow(ref state, saved, row);
            *_riskRows[row] = saved;
            TakeOver(row);
        }

        state.End();
    }

    private void RequireRow(ref StateReader state, in RiskRow saved, uint row)
    {
        state.Require(saved.Level <= RiskLevel.Instrument && saved.Action <= RiskAction.Warn, "a limit's level is unknown");
        state.Require(CheckRiskTarget(saved.Level, saved.TargetId) == RejectReason.None, "a limit is nobody's");
        state.Require(saved.WarningRow <= Limits.MaxRiskRows, "a limit's warning is beyond the limits");
        state.Require(saved.Armed >> ((int)RiskLimitKind.Credit + 1) == 0, "a limit's kind is unknown");
        bool timed = !saved.Has(RiskLimitKind.OrderToTrade) || saved.RatioWindowNs > 0;
        state.Require(timed, "a limit has no window");
        state.Require(
            _riskRows.FindOrAdd(saved.Level, saved.TargetId, saved.Action) == row,
            "a row of limits comes twice or there are too many");
        bool killed = (saved.Flags & RiskFlags.Killed) != 0;
        state.Require(!killed || saved.Level == RiskLevel.Firm, "a kill switch stands in the wrong place");
    }

    /// <summary>What follows from a row that was loaded.</summary>
    private void TakeOver(uint row)
    {
        RiskRow* loaded = _riskRows[row];
        bool killed = (loaded->Flags & RiskFlags.Killed) != 0;
        _killedFirms += killed ? 1u : 0u;
        _venueRisk |= killed ? FirmsKilled : 0;
        if (loaded->Action == RiskAction.Reject)
        {
            Link(loaded->Level, loaded->TargetId, row);
        }

        _creditRows += loaded->Has(RiskLimitKind.Credit) ? 1u : 0u;
        _ratioRows += loaded->Has(RiskLimitKind.OrderToTrade) ? 1u : 0u;
        if (loaded->Has(RiskLimitKind.OpenOrders))
        {
            _countingRows++;
            loaded->OpenOrders = CountOpenOrders(loaded->Level, loaded->TargetId);
        }
    }

    private void WriteRisk(ref ImageFrames image)
    {
        for (uint row = 1; row <= _riskRows.Count; row++)
        {
            WriteLimits(ref image, row);
        }

        if ((_venueRisk & VenueKilled) != 0)
        {
            WriteKilled(ref image, RiskLevel.Venue, 0);
        }

        for (uint row = 1; row <= _riskRows.Count; row++)
        {
            if ((_riskRows[row]->Flags & RiskFlags.Killed) != 0)
            {
                WriteKilled(ref image, _riskRows[row]->Level, _riskRows[row]->TargetId);
            }
        }

        for (uint id = 1; id < Limits.MaxAccounts; id++)
        {
            if ((_accounts[id].RiskFlags & RiskFlags.Killed) != 0)
            {
                WriteKilled(ref image, RiskLevel.Account, id);
            }
        }

        for (uint id = 1; id < _sessions.Length; id++)
        {
            if ((_sessions[id].RiskFlags & RiskFlags.Killed) != 0)
            {
                WriteKilled(ref image, RiskLevel.Session, id);
            }
        }

        for (uint id = 1; id < _sessions.Length; id++)
        {
            if (_timers.DeadlineOf(id) != 0)
            {
                var block = (DeadManImageBlock*)image.Next(
                    DeadManImageBlock.TemplateId, DeadManImageBlock.BlockLength, 0, 0, 0);
                image.Last->SessionId = id;
                block->DeadlineNs = _timers.DeadlineOf(id);
            }
        }

        WritePermissions(ref image);
    }

    private void WritePermissions(ref ImageFrames image)
    {
        for (uint rowIndex = 1; rowIndex <= _permissions.Count; rowIndex++)
        {
            PermissionRow* row = _permissions[rowIndex];
            if (row->Permission != Permission.None)
            {
                var block = (PermissionImageBlock*)image.Next(
                    PermissionImageBlock.TemplateId, PermissionImageBlock.BlockLength, 0, 0, 0);
                block->TargetId = row->TargetId;
                block->ObjectId = row->ObjectId;
                block->Level = row->Level;
                block->ByGroup = row->ByGroup;
                block->Permission = row->Permission;
            }
        }

        for (uint id = 1; id < _firms.Length; id++)
        {
            if (_clearingMembers[id] != 0)
            {
                var member = (ClearingMemberImageBlock*)image.Next(
                    ClearingMemberImageBlock.TemplateId, ClearingMemberImageBlock.BlockLength, 0, 0, 0);
                member->ClearingFirmId = id;
                member->MemberId = _clearingMembers[id];
            }
        }

        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            if (_instrumentGroups[id] != 0)
            {
                var block = (InstrumentGroupImageBlock*)image.Next(
                    InstrumentGroupImageBlock.TemplateId, InstrumentGroupImageBlock.BlockLength, id, 0, 0);
                block->GroupId = _instrumentGroups[id];
            }
        }
    }

    private void WriteLimits(ref ImageFrames image, uint rowIndex)
    {
        RiskRow* row = _riskRows[rowIndex];
        for (RiskLimitKind kind = 0; kind <= RiskLimitKind.Credit; kind++)
        {
            if (!row->Has(kind))
            {
                continue;
            }

            LimitTerms terms = TermsOf(row, kind);
            var block = (RiskLimitImageBlock*)image.Next(
                RiskLimitImageBlock.TemplateId, RiskLimitImageBlock.BlockLength, 0, 0, 0);
            block->Value = terms.Value;
            block->WindowNs = terms.WindowNs;
            block->TargetId = row->TargetId;
            block->CurrencyId = terms.CurrencyId;
            block->Allowance = terms.Allowance;
            block->Level = row->Level;
            block->Kind = kind;
            block->Action = row->Action;
        }
    }

    private static void WriteKilled(ref ImageFrames image, RiskLevel level, uint targetId)
    {
        var block = (KillSwitchImageBlock*)image.Next(
            KillSwitchImageBlock.TemplateId, KillSwitchImageBlock.BlockLength, 0, 0, 0);
        block->TargetId = targetId;
        block->Level = level;
    }
}
