# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The source of the class that asks Windows about accounts, their rights and their passwords: netapi32, logoncli and advapi32.
# C# 5, which is what Windows PowerShell 5.1 compiles.

Set-StrictMode -Version 2.0

function Get-WindowsAccountSource {
    @'
using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Security.Principal;

namespace WebFarm.SignalR
{
    // Every method throws Win32Exception, whose message is Windows' own sentence.
    public static class WindowsAccount
    {
        private const int Ok = 0;
        private const int ErrorNotFound = 2;
        private const int LogonTypeNotGranted = 1385;
        private const int LogonNetwork = 3;
        private const int ProviderDefault = 0;
        private const uint AccountDisabled = 0x2;
        private const uint Lockout = 0x10;
        private const uint PasswordExpired = 0x800000;
        private const uint Never = 0xFFFFFFFF;
        private const int IncludeIndirect = 1;
        private const int NotService = 2;
        private const int Installed = 5;
        private const int ViewLookupAndCreate = 0x00000001 | 0x00000800 | 0x00000010;
        private const string WorkerProcessGroup = "S-1-5-32-568";
        private static readonly string[] GroupsOfAll = { "S-1-1-0", "S-1-5-11", "S-1-5-32-545" };

        // ---- who it is

        // null when no such account is known.
        public static string Sid(string account)
        {
            try
            {
                return ((SecurityIdentifier)new NTAccount(WithMachine(account)).Translate(typeof(SecurityIdentifier))).Value;
            }
            catch (IdentityNotMappedException)
            {
                return null;
            }
        }

        private static string WithMachine(string account)
        {
            return account.StartsWith(".\\", StringComparison.Ordinal) ? Environment.MachineName + account.Substring(1) : account;
        }

        // The domain ("" for this computer) and the name in it.
        private static string[] Split(string account)
        {
            string name = ((NTAccount)new SecurityIdentifier(Sid(account)).Translate(typeof(NTAccount))).Value;
            int at = name.IndexOf('\\');
            string domain = at < 0 ? "" : name.Substring(0, at);
            bool isLocal = String.Equals(domain, Environment.MachineName, StringComparison.OrdinalIgnoreCase);
            return new[] { isLocal ? "" : domain, name.Substring(at + 1) };
        }

        // ---- its state

        public static bool IsEnabled(string account)
        {
            return (Read(account).flags & AccountDisabled) == 0;
        }

        public static bool IsLocked(string account)
        {
            return (Read(account).flags & Lockout) != 0;
        }

        public static bool IsPasswordExpired(string account)
        {
            UserInfo info = Read(account);
            return info.passwordExpired != 0 || (info.flags & PasswordExpired) != 0;
        }

        public static bool IsExpired(string account)
        {
            uint expires = Read(account).accountExpires;
            return expires != Never && expires != 0 && new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(expires) <= DateTime.UtcNow;
        }

        private static UserInfo Read(string account)
        {
            string[] parts = Split(account);
            string server = parts[0].Length == 0 ? null : ControllerOf(parts[0]);
            IntPtr buffer;
            Check(NetUserGetInfo(server, parts[1], 3, out buffer));
            try
            {
                return (UserInfo)Marshal.PtrToStructure(buffer, typeof(UserInfo));
            }
            finally
            {
                NetApiBufferFree(buffer);
            }
        }

        private static string ControllerOf(string domain)
        {
            IntPtr buffer;
            Check(DsGetDcName(null, domain, IntPtr.Zero, null, 0, out buffer));
            try
            {
                return Marshal.PtrToStringUni(Marshal.ReadIntPtr(buffer));
            }
            finally
            {
                NetApiBufferFree(buffer);
            }
        }

        // ---- group managed service accounts

        public static bool IsGmsa(string account)
        {
            return account.EndsWith("$", StringComparison.Ordinal) && ServiceAccountState(account) > NotService;
        }

        // Whether this computer may read the account's password from the directory.
        public static bool IsGmsaUsable(string account)
        {
            return account.EndsWith("$", StringComparison.Ordinal) && ServiceAccountState(account) == Installed;
        }

        private static int ServiceAccountState(string account)
        {
            IntPtr buffer;
            int status = NetQueryServiceAccount(null, Split(account)[1], 0, out buffer);
            if (status != Ok)
            {
                throw new Win32Exception(LsaNtStatusToWinError(status));
            }
            try
            {
                return Marshal.ReadInt32(buffer);
            }
            finally
            {
                NetApiBufferFree(buffer);
            }
        }

        // ---- its password

        // "ok", or why not. One attempt. An account that may not log on over the network has shown that its password is right.
        public static string Logon(string account, string password)
        {
            int at = account.IndexOf('\\');
            string domain = at < 0 ? null : account.Substring(0, at);
            IntPtr token;
            if (LogonUser(account.Substring(at + 1), domain, password, LogonNetwork, ProviderDefault, out token))
            {
                CloseHandle(token);
                return "ok";
            }
            int error = Marshal.GetLastWin32Error();
            return error == LogonTypeNotGranted ? "ok" : new Win32Exception(error).Message;
        }

        // ---- its rights

        // Directly, by a group of this computer, or by the group that IIS adds to every worker process.
        public static bool HoldsRight(string account, string right)
        {
            List<string> holders = HoldersOf(right);
            if (holders.Contains(Sid(account)) || holders.Contains(WorkerProcessGroup))
            {
                return true;
            }
            foreach (string group in GroupsOfAll)
            {
                if (holders.Contains(group))
                {
                    return true;
                }
            }
            foreach (string group in LocalGroupsOf(account))
            {
                if (holders.Contains(Sid(group)))
                {
                    return true;
                }
            }
            return false;
        }

        public static void GrantRight(string account, string right)
        {
            ChangeRight(account, right, true);
        }

        public static void RevokeRight(string account, string right)
        {
            ChangeRight(account, right, false);
        }

        private static List<string> LocalGroupsOf(string account)
        {
            string[] parts = Split(account);
            string name = parts[0].Length == 0 ? parts[1] : parts[0] + "\\" + parts[1];
            List<string> groups = new List<string>();
            IntPtr buffer;
            int read;
            int total;
            Check(NetUserGetLocalGroups(null, name, 0, IncludeIndirect, out buffer, -1, out read, out total));
            try
            {
                for (int i = 0; i < read; i++)
                {
                    groups.Add(Marshal.PtrToStringUni(Marshal.ReadIntPtr(buffer, i * IntPtr.Size)));
                }
            }
            finally
            {
                NetApiBufferFree(buffer);
            }
            return groups;
        }

        private static List<string> HoldersOf(string right)
        {
            List<string> holders = new List<string>();
            using (Policy policy = new Policy())
            using (LsaText text = new LsaText(right))
            {
                IntPtr buffer;
                int count;
                int error = LsaNtStatusToWinError(LsaEnumerateAccountsWithUserRight(policy.Handle, ref text.Value, out buffer, out count));
                const int noMoreItems = 259;
                if (error == noMoreItems || error == ErrorNotFound)
                {
                    return holders;
                }
                Check(error);
                for (int i = 0; i < count; i++)
                {
                    holders.Add(new SecurityIdentifier(Marshal.ReadIntPtr(buffer, i * IntPtr.Size)).Value);
                }
                LsaFreeMemory(buffer);
            }
            return holders;
        }

        private static void ChangeRight(string account, string right, bool isGranted)
        {
            SecurityIdentifier sid = new SecurityIdentifier(Sid(account));
            byte[] bytes = new byte[sid.BinaryLength];
            sid.GetBinaryForm(bytes, 0);
            using (Policy policy = new Policy())
            using (LsaText text = new LsaText(right))
            {
                LsaString[] rights = { text.Value };
                int status = isGranted
                    ? LsaAddAccountRights(policy.Handle, bytes, rights, 1)
                    : LsaRemoveAccountRights(policy.Handle, bytes, false, rights, 1);
                Check(LsaNtStatusToWinError(status));
            }
        }

        // ---- privileges of this process

        // Lets a file be given to another owner.
        public static void EnableRestorePrivilege()
        {
            const int adjustAndQuery = 0x28;
            IntPtr token;
            if (!OpenProcessToken(new IntPtr(-1), adjustAndQuery, out token))
            {
                throw new Win32Exception();
            }
            try
            {
                TokenPrivilege privilege = new TokenPrivilege();
                privilege.count = 1;
                privilege.attributes = 2;
                if (!LookupPrivilegeValue(null, "SeRestorePrivilege", out privilege.luid)
                    || !AdjustTokenPrivileges(token, false, ref privilege, 0, IntPtr.Zero, IntPtr.Zero)
                    || Marshal.GetLastWin32Error() != Ok)
                {
                    throw new Win32Exception();
                }
            }
            finally
            {
                CloseHandle(token);
            }
        }

        private static void Check(int error)
        {
            if (error != Ok)
            {
                throw new Win32Exception(error);
            }
        }

        private sealed class Policy : IDisposable
        {
            public readonly IntPtr Handle;

            public Policy()
            {
                LsaAttributes attributes = new LsaAttributes();
                Check(LsaNtStatusToWinError(LsaOpenPolicy(IntPtr.Zero, ref attributes, ViewLookupAndCreate, out Handle)));
            }

            public void Dispose()
            {
                LsaClose(Handle);
            }
        }

        private sealed class LsaText : IDisposable
        {
            public LsaString Value;

            public LsaText(string text)
            {
                Value.buffer = Marshal.StringToHGlobalUni(text);
                Value.length = (ushort)(text.Length * 2);
                Value.maximumLength = (ushort)(Value.length + 2);
            }

            public void Dispose()
            {
                Marshal.FreeHGlobal(Value.buffer);
            }
        }

        [StructLayout(LayoutKind.Sequential)]
        private struct LsaString
        {
            public ushort length;
            public ushort maximumLength;
            public IntPtr buffer;
        }

        [StructLayout(LayoutKind.Sequential)]
        private struct LsaAttributes
        {
            public int length;
            public IntPtr rootDirectory;
            public IntPtr objectName;
            public int attributes;
            public IntPtr securityDescriptor;
            public IntPtr securityQualityOfService;
        }

        [StructLayout(LayoutKind.Sequential, Pack = 4)]
        private struct TokenPrivilege
        {
            public int count;
            public long luid;
            public int attributes;
        }

        // USER_INFO_3
        [StructLayout(LayoutKind.Sequential)]
        private struct UserInfo
        {
            public IntPtr name;
            public IntPtr password;
            public uint passwordAge;
            public uint privilege;
            public IntPtr homeDirectory;
            public IntPtr comment;
            public uint flags;
            public IntPtr scriptPath;
            public uint authorityFlags;
            public IntPtr fullName;
            public IntPtr userComment;
            public IntPtr parameters;
            public IntPtr workstations;
            public uint lastLogon;
            public uint lastLogoff;
            public uint accountExpires;
            public uint maximumStorage;
            public uint unitsPerWeek;
            public IntPtr logonHours;
            public uint badPasswordCount;
            public uint logonCount;
            public IntPtr logonServer;
            public uint countryCode;
            public uint codePage;
            public uint userId;
            public uint primaryGroupId;
            public IntPtr profile;
            public IntPtr homeDirectoryDrive;
            public uint passwordExpired;
        }

        [DllImport("netapi32.dll", CharSet = CharSet.Unicode)]
        private static extern int NetUserGetInfo(string server, string user, int level, out IntPtr buffer);

        [DllImport("netapi32.dll", CharSet = CharSet.Unicode)]
        private static extern int NetUserGetLocalGroups(
            string server, string user, int level, int flags, out IntPtr buffer, int preferredLength, out int read, out int total);

        [DllImport("netapi32.dll", CharSet = CharSet.Unicode, EntryPoint = "DsGetDcNameW")]
        private static extern int DsGetDcName(string computer, string domain, IntPtr domainGuid, string site, int flags, out IntPtr buffer);

        [DllImport("netapi32.dll")]
        private static extern int NetApiBufferFree(IntPtr buffer);

        [DllImport("logoncli.dll", CharSet = CharSet.Unicode)]
        private static extern int NetQueryServiceAccount(string server, string account, int level, out IntPtr buffer);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true, EntryPoint = "LogonUserW")]
        private static extern bool LogonUser(string user, string domain, string password, int type, int provider, out IntPtr token);

        [DllImport("kernel32.dll")]
        private static extern bool CloseHandle(IntPtr handle);

        [DllImport("advapi32.dll")]
        private static extern int LsaOpenPolicy(IntPtr system, ref LsaAttributes attributes, int access, out IntPtr policy);

        [DllImport("advapi32.dll")]
        private static extern int LsaEnumerateAccountsWithUserRight(IntPtr policy, ref LsaString right, out IntPtr buffer, out int count);

        [DllImport("advapi32.dll")]
        private static extern int LsaAddAccountRights(IntPtr policy, byte[] sid, LsaString[] rights, int count);

        [DllImport("advapi32.dll")]
        private static extern int LsaRemoveAccountRights(IntPtr policy, byte[] sid, bool all, LsaString[] rights, int count);

        [DllImport("advapi32.dll")]
        private static extern int LsaNtStatusToWinError(int status);

        [DllImport("advapi32.dll")]
        private static extern int LsaFreeMemory(IntPtr buffer);

        [DllImport("advapi32.dll")]
        private static extern int LsaClose(IntPtr policy);

        [DllImport("advapi32.dll", SetLastError = true)]
        private static extern bool OpenProcessToken(IntPtr process, int access, out IntPtr token);

        [DllImport("advapi32.dll", CharSet = CharSet.Unicode, SetLastError = true, EntryPoint = "LookupPrivilegeValueW")]
        private static extern bool LookupPrivilegeValue(string system, string name, out long luid);

        [DllImport("advapi32.dll", SetLastError = true)]
        private static extern bool AdjustTokenPrivileges(
            IntPtr token, bool disableAll, ref TokenPrivilege state, int length, IntPtr previous, IntPtr returned);
    }
}
'@
}
